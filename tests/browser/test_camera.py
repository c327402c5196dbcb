"""The camera as a scanner: the real path, from a slip before the lens to the patient on the screen."""

from io import BytesIO
from random import Random
from subprocess import run
from uuid import uuid4

import pytest
import segno
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from billing.services import Offer
from billing.states import PaymentMode
from hmis.kernel import pdf
from opd.services import Visit, register_visit
from patients.services import print_card, print_labels
from tests.browser.conftest import CHROMIUM, PHONE, SHELL

pytestmark = [pytest.mark.browser, pytest.mark.reads_paper]

FRAME, DPI = (1280, 720), 200
# (left, top, right, bottom) of the paper as shares of it: where its code stands.
SLIP_BARS, SLIP_QR = (0.28, 0.17, 0.82, 0.27), (0.82, 0.17, 0.97, 0.28)
WHOLE = (0, 0, 1, 1)
NO_CAMERA = """Object.defineProperty(navigator, "mediaDevices", { value: Object.assign(new EventTarget(), {
  enumerateDevices: async () => [{ kind: "videoinput" }],
  getUserMedia: async () => { throw new DOMException("", "%s") },
}) })"""
NO_HTTPS = """Object.defineProperty(navigator, "mediaDevices", { value: undefined });
Object.defineProperty(window, "isSecureContext", { value: false });"""
OWN_READER = """window.BarcodeDetector = class {
  static getSupportedFormats = async () => ["qr_code", "code_128"];
  detect = async () => [{ rawValue: "%s" }];
}"""
CARD = (
    '{"hidn":"91-%04d-5874-8684","hid":"kavita.%d@abdm","name":"कविता उराँव","gender":"F","statelgd":"20",'
    '"distlgd":"364","dob":"12-03-1987","mobile":"98765%05d","state name":"JHARKHAND",'
    '"address":"Ormanjhi, PO Irba, Ranchi 835219"}'
)
# A function: the page's policy forbids it to look at words again.
RESTS = "() => document.querySelector('#scanner video').srcObject === null"
# Each [rows of a QR code, its width before the lens] → what our reader makes of it.
READ = """async (codes) => {
  await hmis.fetched(document.getElementById("scanner").dataset.reader);
  const frame = document.createElement("canvas"), code = document.createElement("canvas");
  const [seen, drawn] = [frame, code].map((one) => one.getContext("2d", { willReadFrequently: true }));
  Object.assign(frame, { width: 640, height: 480 });
  return codes.map(([rows, width]) => {
    code.width = code.height = rows.length * 10;
    rows.forEach((row, y) => [...row].forEach((dark, x) => {
      drawn.fillStyle = dark === "1" ? "black" : "white";
      drawn.fillRect(x * 10, y * 10, 10, 10);
    }));
    seen.fillStyle = "white";
    seen.fillRect(0, 0, 640, 480);
    seen.drawImage(code, (640 - width) / 2, (480 - width) / 2, width, width);
    return hmisScanner.read(seen.getImageData(0, 0, 640, 480));
  });
}"""


@pytest.fixture
def film(tmp_path):
    """paper, part of it → what Chromium's camera sees then, picture by picture."""

    def shoot(paper, part):
        held = tmp_path / "paper.pdf"
        held.write_bytes(pdf.bytes_of(paper))
        run(["pdftoppm", "-png", "-r", str(DPI), "-singlefile", held, tmp_path / "page"], check=True)
        with Image.open(tmp_path / "page.png") as page:
            shares = [share * side for share, side in zip(part, page.size * 2, strict=True)]
            seen = page.convert("RGB").crop(tuple(map(round, shares)))
        scale = min((FRAME[0] - 200) / seen.width, (FRAME[1] - 100) / seen.height)
        seen = seen.resize((round(seen.width * scale), round(seen.height * scale)))
        frame = Image.new("RGB", FRAME, "white")
        frame.paste(seen, ((FRAME[0] - seen.width) // 2, (FRAME[1] - seen.height) // 2))
        jpeg = BytesIO()
        frame.save(jpeg, "JPEG", quality=85)
        return jpeg.getvalue() * 5

    return shoot


@pytest.fixture(scope="module")
def camera(start, tmp_path_factory):
    """film → a browser whose camera sees it: it looks into the file whenever a page asks for the camera."""
    seen = tmp_path_factory.mktemp("camera") / "seen.mjpeg"
    here = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={seen}"]
    browser = start(SHELL or CHROMIUM, *here, "--use-fake-ui-for-media-stream")

    def point_at(film):
        seen.write_bytes(film)
        return browser

    yield point_at
    browser.close()


@pytest.fixture
def papers(asha, med, unit, kavita):
    """A slip, a card and labels of Asha."""
    now = timezone.now()
    visit = Visit(department=med, offer=Offer(PaymentMode.CASH))
    made = register_visit(patient=asha, visit=visit, request_key=uuid4(), actor=kavita, at=now)
    asked = {"patient": asha, "request_key": uuid4(), "actor": kavita, "at": now}
    card = print_card(reason="", **asked)
    labels = print_labels(count=1, **asked | {"request_key": uuid4()})
    return {"slip": made.slip, "card": card, "labels": labels}


def scanned(screen):
    screen.page.get_by_role("button", name="Scan").click()


CODES = {
    "slip's bars": ("slip", SLIP_BARS),
    "slip's QR": ("slip", SLIP_QR),
    "upper slip": ("slip", (0, 0, 1, 0.3)),
    "card's bars": ("card", (0, 0.55, 1, 1)),
    "card's QR": ("card", (0.7, 0.15, 1, 0.6)),
    "label": ("labels", WHOLE),
}


def test_a_paper_before_the_phone_takes_its_patient_up(sit, camera, film, papers, kavita, asha):
    screen = sit(kavita, camera(b""), viewport=PHONE, permissions=["camera"])
    for name, (paper, part) in CODES.items():
        camera(film(papers[paper], part))
        screen.open("opd:registration_new")
        scanned(screen)

        expect(screen.page.locator(".patient"), name).to_contain_text(asha.uhid_shown)
        expect(screen.page.locator("#scanner"), name).to_be_hidden()


def test_the_search_page_has_it_too_and_the_camera_rests_after_it(sit, camera, film, papers, kavita, asha):
    browser = camera(film(papers["slip"], SLIP_QR))
    screen = sit(kavita, browser, permissions=["camera"]).open("patients:patient_list")
    scanned(screen)

    expect(screen.page.locator("#found")).to_contain_text(asha.uhid_shown)
    screen.wait_for(RESTS)


def test_the_reader_is_fetched_only_when_the_button_is_pressed(sit, camera, film, papers, kavita, asha):
    screen = sit(kavita, camera(film(papers["slip"], SLIP_QR)), permissions=["camera"])
    fetched = []
    screen.page.on("request", lambda asked: fetched.append(asked.url) if "scanner" in asked.url else None)
    screen.open("opd:registration_new")
    expect(screen.page.get_by_role("button", name="Scan")).to_be_visible()
    assert fetched == []

    scanned(screen)
    expect(screen.page.locator(".patient")).to_be_visible()
    assert [url.rsplit("/", 1)[1] for url in fetched] == ["scanner.min.js"]


def test_the_browsers_own_reader_is_taken_where_it_has_one(sit, camera, film, papers, kavita, asha):
    screen = sit(kavita, camera(film(papers["slip"], (0, 0.5, 1, 1))), permissions=["camera"])
    fetched = []
    screen.page.on("request", lambda asked: fetched.append(asked.url) if "scanner" in asked.url else None)
    screen.page.add_init_script(OWN_READER % asha.uhid)
    scanned(screen.open("opd:registration_new"))

    expect(screen.page.locator(".patient")).to_contain_text(asha.uhid_shown)
    assert fetched == []


@pytest.fixture
def reader(sit, camera, kavita, unit):
    """A front desk in the camera's browser: our reader is one long loop, and that one optimises it."""
    return sit(kavita, camera(b"")).open("opd:registration_new")


def test_there_is_no_number_whose_code_our_reader_cannot_read(reader):
    dice = Random(1)
    numbers = [str(dice.randrange(10**10, 10**11)) for _ in range(400)]
    codes = [[_rows_of(number), dice.uniform(190, 450)] for number in numbers]

    assert reader.page.evaluate(READ, codes) == numbers


def test_an_abha_card_is_read_whatever_is_on_it(reader):
    dice = Random(1)
    cards = [CARD % (dice.randrange(10**4), number, number) for number in range(30)]

    assert reader.page.evaluate(READ, [[_rows_of(card), dice.uniform(390, 470)] for card in cards]) == cards


def _rows_of(text):
    made = segno.make(text, error="m", micro=False)
    return ["".join("1" if dark else "0" for dark in row) for row in made.matrix_iter(border=4)]


def test_escape_closes_the_camera(sit, camera, film, papers, kavita):
    screen = sit(kavita, camera(film(papers["slip"], (0, 0.5, 1, 1))), permissions=["camera"])
    scanned(screen.open("opd:registration_new"))
    expect(screen.page.locator("#scanner [role=status]")).to_contain_text("Hold the bar code")
    screen.press("Escape")

    expect(screen.page.locator("#scanner")).to_be_hidden()
    screen.wait_for(RESTS)


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("NotAllowedError", "The camera is not allowed"),
        ("NotFoundError", "No camera is found"),
        ("NotReadableError", "Another program is using the camera"),
        ("AbortError", "The camera could not start"),
    ],
)
def test_what_goes_wrong_is_said_calmly(sit, kavita, unit, fault, sentence):
    screen = sit(kavita)
    screen.page.add_init_script(NO_CAMERA % fault)
    scanned(screen.open("opd:registration_new"))

    expect(screen.page.locator("#scanner [role=status]")).to_contain_text(sentence)


def test_who_says_no_to_the_browser_reads_what_to_do(sit, start, kavita, unit):
    refusing = start(CHROMIUM, "--use-fake-device-for-media-stream")
    screen = sit(kavita, refusing).open("opd:registration_new")
    scanned(screen)

    expect(screen.page.locator("#scanner [role=status]")).to_contain_text("The camera is not allowed")
    screen.leave()
    refusing.close()


def test_without_https_a_phone_reads_why(sit, kavita, unit):
    screen = sit(kavita, viewport=PHONE, has_touch=True, is_mobile=True)
    screen.page.add_init_script(NO_HTTPS)
    scanned(screen.open("opd:registration_new"))

    expect(screen.page.locator("#scanner [role=status]")).to_contain_text("opened with https")


def test_a_counter_without_a_camera_shows_no_button(desk):
    desk.page.wait_for_timeout(300)

    expect(desk.page.get_by_role("button", name="Scan")).to_be_hidden()
