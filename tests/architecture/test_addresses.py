"""No address holds what was typed of a patient: not a page's, not a link's, not a form's or a keystroke's."""

import re
from html.parser import HTMLParser
from urllib.parse import unquote_plus
from uuid import uuid4

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from facilities.roles import Role
from opd.models import Consultation
from patients.forms.notes import BOXES_BESIDE
from patients.forms.observations import ALLERGEN_BOX
from patients.models import AllergyIntolerance, ClinicalNote
from patients.states import NoteStatus
from tests.architecture.test_templates import FORM, ROOT, TEMPLATES, tags, without_comments, wrong_in
from tests.factories.facilities import make_person
from tests.factories.formulary import make_formulary
from tests.factories.lab import make_tests
from tests.factories.notes import make_note, make_templates
from tests.factories.opd import make_clinic_day, make_token
from tests.factories.patients import make_patient

HTMX = {"HX-Request": "true"}
HOLDS_ADDRESS = {"href", "action", "formaction", "src", "hx-get", "hx-post", "data-reprint-url"}

# Boxes of words that are asked in an address: they are of no patient.
OF_NO_PATIENT = {
    "ipd/board.html": "a ward",
    "ipd/transfer_new.html": "a ward",
    "lab/test_list.html": "a test of the catalogue and its price",
    "lab/worklist.html": "the number of a tube",
}
WORDS = re.compile(r'<textarea|<input(?![^>]*type="(?:hidden|submit|button|checkbox|radio|date|month)")')


def boxes_asked_by_get(path):
    forms = FORM.findall(without_comments(path))
    return [tag for tag, body in forms if 'method="get"' in tag and WORDS.search(body)]


def asked_along(path):
    """A keystroke, and what takes boxes along."""
    return [tag for tag in tags(path) if "hx-get" in tag and re.match("<input|<textarea|.*hx-include", tag)]


def test_no_box_for_words_is_asked_in_an_address():
    asking = {str(path.relative_to(ROOT)) for path in TEMPLATES if boxes_asked_by_get(path)}

    assert asking == set(OF_NO_PATIENT)
    assert wrong_in(TEMPLATES, asked_along) == {}


def test_the_box_of_an_allergy_is_posted():
    assert ALLERGEN_BOX["hx-post"] == reverse("patients:allergen_list")
    assert "hx-get" not in ALLERGEN_BOX


class Page(HTMLParser):
    """The addresses of a page, what its forms would put into one, and what stands in its boxes."""

    def __init__(self, text):
        super().__init__()
        self.addresses, self.by_get, self.boxes, self.form = [], set(), {}, None
        self.gets, self.named_forms = set(), []
        self.feed(text)
        self.by_get = {name for form, name in self.named_forms if form in self.gets}

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        self.addresses += [value for name, value in attrs if name in HOLDS_ADDRESS and value]
        if tag == "form":
            self.form = said.get("id") or object()
            if said.get("method", "get").lower() == "get":
                self.gets.add(self.form)
        if tag in ("input", "textarea", "select", "button") and said.get("name"):
            for form in {said.get("form", self.form), said.get("data-form", self.form)}:
                self.named_forms.append((form, said["name"]))
            if tag == "input" and said.get("type") != "hidden":
                self.boxes[said["name"]] = said.get("value", "")

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None


def seen(client, answer):
    """The page that a browser shows after this answer; no address on the way or on it holds a typed word."""
    sent_to = [answer.headers.get(name, "") for name in ("Location", "HX-Redirect", "HX-Push-Url")]
    if answer.status_code in (302, 303):
        answer = client.get(answer["Location"])
    page = Page(answer.text)
    for address in map(unquote_plus, [*sent_to, *page.addresses]):
        assert not [word for word in BESIDE.values() if word in address], address
    assert not page.by_get & BOXES_BESIDE.keys()
    return answer, page


# What a doctor may type beside a note, under the names of its boxes.
BESIDE = {"q": "sugar zq", "line": "warfarin 5 od 9d", "substance": "sulfa zq", "words": "hiv zq"}
assert BESIDE.keys() == BOXES_BESIDE.keys()


@pytest.fixture
def doctor(client, bose, rims):
    make_templates()
    make_formulary(rims)
    make_tests()
    client.force_login(bose)
    return client


@pytest.fixture
def in_the_room(doctor, unit, bose, rims):
    unit.doctor = bose
    unit.save()
    patient = make_patient(rims, "Phulmani Munda")
    token = make_token(make_clinic_day(unit, held_on=timezone.localdate()), patient, status="called")
    doctor.post(reverse("opd:consultation_new", args=[token.pk]), {"request_key": uuid4()})
    key = Consultation.objects.get().pk
    saves, signs = (reverse(f"opd:{name}", args=[key]) for name in ("consultation_edit", "signature_new"))
    return reverse("opd:token_detail", args=[token.pk]), saves, signs


@pytest.fixture
def on_the_ward(doctor, admission, bose):
    note = make_note(admission.encounter, bose, template="PROGRESS", sections=None)
    saves, signs = (reverse(f"ipd:{name}", args=[note.pk]) for name in ("note_edit", "note_signature_new"))
    return saves, saves, signs


@pytest.fixture(params=["in_the_room", "on_the_ward"])
def written(request):
    """The page of a note that is written, where it is saved, where it is signed."""
    return request.getfixturevalue(request.param)


def sent(**typed):
    """What the note's form sends without a script: its text, and the boxes beside it."""
    version = ClinicalNote.objects.get().version
    text = {"complaints": "fever 4d", "history-since_last": "slept well"}
    return {"version": version, "request_key": str(uuid4()), **text, **typed}


def is_saved():
    return ClinicalNote.objects.get().version > 0


def test_what_is_typed_beside_a_note_is_saved_searched_and_shown_again(doctor, written):
    _page, saves, _signs = written
    answer, page = seen(doctor, doctor.post(saves, sent(**BESIDE)))

    assert (answer.status_code, is_saved()) == (200, True)
    assert {name: page.boxes.get(name) for name in ("q", "line", "substance")} == {
        name: BESIDE[name] for name in ("q", "line", "substance")
    }
    assert "WARFARIN" in answer.text  # the medicines were searched
    again, page = seen(doctor, doctor.post(saves, sent(q="hypertension", line="", substance="")))
    assert 'value="I10"' in again.text
    assert page.boxes["line"] == ""  # the part with medicines was there, and stays


@pytest.mark.parametrize("name", BESIDE)
def test_the_same_page_sent_again_is_saved_once(doctor, written, name):
    _page, saves, _signs = written
    said = sent(**{name: BESIDE[name]})
    for _twice in range(2):
        answer, _shown = seen(doctor, doctor.post(saves, said))
        assert answer.status_code == 200
    assert ClinicalNote.objects.get().version == 1


def test_with_nothing_beside_it_a_note_is_saved_and_its_page_follows(doctor, written):
    page, saves, _signs = written
    answer = doctor.post(saves, sent(q=" "))
    assert (answer.status_code, answer["Location"]) == (303, page)


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["a page", "a fragment"])
def test_a_refused_signature_puts_nothing_into_an_address(doctor, written, headers):
    _page, _saves, signs = written
    answer, page = seen(doctor, doctor.post(signs, sent(**BESIDE), headers=headers))

    assert answer.status_code == 422
    assert page.boxes["q"] == BESIDE["q"]
    assert BESIDE["words"] in answer.text
    assert ClinicalNote.objects.get().status == NoteStatus.DRAFT


def test_without_a_script_an_allergy_is_written_down_and_the_note_is_saved_with_it(doctor, written):
    _page, saves, _signs = written
    answer = doctor.get(written[0], {"line": ""})
    assert pressed(answer, "write-allergy") == ("note", "")  # it goes where the note goes
    answer, page = seen(doctor, doctor.post(saves, said := sent(**BESIDE, allergy="listed")))

    assert AllergyIntolerance.objects.get().substance == BESIDE["substance"]
    assert is_saved()
    assert (page.boxes["substance"], page.boxes["line"], page.boxes["q"]) == (
        "",
        BESIDE["line"],
        BESIDE["q"],
    )
    seen(doctor, doctor.post(saves, said))  # loaded anew
    assert AllergyIntolerance.objects.count() == 1
    assert ClinicalNote.objects.get().version == 1


def test_a_refused_allergy_stands_in_its_box_and_the_note_is_saved(doctor, written):
    _page, saves, _signs = written
    typed = "Aadhaar 2341 2341 2346"
    answer, page = seen(doctor, doctor.post(saves, sent(substance=typed, allergy="listed")))

    assert (answer.status_code, page.boxes["substance"], is_saved()) == (200, typed, True)
    assert "Aadhaar is not kept" in answer.text
    empty = seen(doctor, doctor.post(saves, sent(substance=" ", allergy="listed")))[0]
    assert "Write what the patient is allergic to" in empty.text
    assert not AllergyIntolerance.objects.exists()


def pressed(answer, key):
    """(form, address) of a button."""
    tag = re.search(rf'<button[^>]*id="{key}"[^>]*>', answer.text)[0]
    return tuple((re.search(rf' {name}="([^"]*)"', tag) or ["", ""])[1] for name in ("form", "formaction"))


def test_an_act_of_the_panel_leads_back_without_what_stood_beside_it(doctor, in_the_room):
    page, note = in_the_room[0], ClinicalNote.objects.get()
    for name in "allergy_new", "medicine_new":
        address = reverse(f"patients:{name}", args=[note.pk])
        answer = doctor.post(
            address, BESIDE | {"next": page, "allergy": "listed", "substance": "2341 2341 2346"}
        )
        assert (answer.status_code, answer["Location"]) == (303, page)
        assert list(get_messages(answer.wsgi_request))


def test_each_keystroke_and_each_line_taken_up_is_posted(doctor, encounter):
    asked = {
        reverse("patients:code_list"): "q",
        reverse("patients:medicine_list"): "line",
        reverse("patients:allergen_list"): "substance",
        reverse("lab:offer_list", args=[encounter.pk]): "words",
    }
    for address, name in asked.items():
        assert doctor.get(address, {name: BESIDE[name]}).status_code == 405
        answer = doctor.post(address, {name: BESIDE[name]}, headers=HTMX)
        assert answer.status_code == 200
        seen(doctor, answer)


def test_the_panel_of_tests_brings_what_stood_in_its_box(doctor, in_the_room):
    answer = doctor.get(in_the_room[0])
    address = re.search(r'id="orders"[^>]* hx-post="([^"]+)"', answer.text)[1]
    panel, page = seen(doctor, doctor.post(address, {"words": BESIDE["words"]}, headers=HTMX))
    assert (panel.status_code, page.boxes["words"]) == (200, BESIDE["words"])


def test_whom_the_counter_searches_stands_in_no_address(client, rims, asha):
    client.force_login(make_person("Anita", Role.PHARMACIST, rims))
    counter = reverse("patients:prescription_list")
    for typed in asha.name, asha.uhid, "9431100001":
        answer = client.post(counter, {"q": typed})
        assert (answer.status_code, Page(answer.text).boxes["q"]) == (200, typed)
        assert typed not in unquote_plus(" ".join(Page(answer.text).addresses))
    assert client.get(counter, {"q": asha.name}).context["typed"] == ""
