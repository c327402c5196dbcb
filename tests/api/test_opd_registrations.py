from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import Invoice, Payment
from facilities.roles import Role
from opd.models import QueueToken
from patients.models import Encounter, Patient
from tests.api.conftest import refused
from tests.factories.billing import make_scheme
from tests.factories.facilities import make_person, make_unit

REGISTRATIONS, PATIENTS = "/api/v1/opd-registrations/", "/api/v1/patients/"
CASH = {"mode": "cash"}
EVIL = '"><img src=x onerror=alert(1)>'


@pytest.fixture
def register(clerk, med, unit):
    def send(patient, *, by=clerk, key=None, **changes):
        headers = {"HTTP_IDEMPOTENCY_KEY": key} if key else {}
        body = {"patient": patient, "department": "MED", "payment": CASH} | changes
        return by.post(REGISTRATIONS, {name: body[name] for name in body if body[name] is not ...}, **headers)

    return send


def test_somebody_new_gets_uhid_token_slip_and_receipt_in_one_call(register, person, unit):
    response = register(person())

    assert response.status_code == 201, response.content
    made = response.json()
    assert made["patient"]["name"] == "Budhni Oraon"
    assert Patient.objects.get().uhid == made["patient"]["uhid"]
    assert made["token"]["number"] == 1
    assert (made["token"]["unit"]["id"], made["token"]["room"]) == (str(unit.pk), unit.room.number)
    assert (made["invoice"]["total"], made["invoice"]["status"]) == ("5.00", "paid")
    assert made["receipt"]["number"].startswith("RIMS/R")
    assert made["encounter"] == str(Encounter.objects.get().pk)


def test_slip_and_receipt_are_pdf_for_this_hospital_and_404_for_another(
    register, person, clerk, sgml_clerk, caller, rims
):
    made = register(person(name=EVIL)).json()
    technician = caller(make_person("Tara", Role.LAB_TECHNICIAN, rims))

    for url in made["slip"]["url"], made["receipt"]["url"]:
        paper = clerk.get(url, HTTP_ACCEPT="application/pdf")
        assert paper["Content-Type"] == "application/pdf"
        assert paper.content.startswith(b"%PDF")
        refused(sgml_clerk.get(url), 404)
        refused(technician.get(url, HTTP_ACCEPT="application/pdf"), 403)


def test_unpaid_there_is_no_receipt(register, person):
    made = register(person(), payment=...).json()

    assert made["receipt"] is None
    assert made["invoice"]["status"] == "issued"
    assert not Payment.objects.exists()


def test_a_return_inside_the_window_is_free(register, asha):
    first, second = (register(str(asha.pk), confirm_again=True).json() for _ in range(2))

    assert (first["is_follow_up"], second["is_follow_up"]) == (False, True)
    assert (second["invoice"]["total"], second["invoice"]["status"]) == ("0.00", "paid")
    assert second["receipt"] is None
    assert second["valid_till"] == first["valid_till"]


def test_an_exemption_with_its_proof_is_free_and_without_it_refused(register, asha):
    make_scheme()

    assert "ration card" in refused(register(str(asha.pk), exemption={"scheme": "BPL"}), 422, "proof_number")
    refused(register(str(asha.pk), exemption={"scheme": "NONE"}), 422, "exemption.scheme")
    made = register(str(asha.pk), exemption={"scheme": "BPL", "proof_number": "JH-12"}).json()
    assert made["invoice"]["total"] == "0.00"


@pytest.mark.parametrize("mode", ["deposit", "bank"])
def test_the_fee_is_paid_in_a_way_in_which_money_comes_in(register, person, mode):
    said = refused(register(person(), payment={"mode": mode}), 400, "payment.mode")

    assert "not a valid choice" in said
    assert not Patient.objects.exists()


def test_upi_needs_its_utr(register, asha):
    refused(register(str(asha.pk), payment={"mode": "upi"}), 422)

    made = register(str(asha.pk), payment={"mode": "upi", "reference": "412345678901"}).json()
    assert made["receipt"]
    assert Payment.objects.get().amount == Decimal("5.00")


def test_a_cheque_has_six_digits(register, asha):
    body = refused(register(str(asha.pk), payment={"mode": "cheque", "reference": "12"}), 422)
    assert "six digits" in body["detail"]

    assert register(str(asha.pk), payment={"mode": "cheque", "reference": "000123"}).json()["receipt"]


def test_the_same_key_is_one_registration_and_another_body_is_409(register, person):
    key = str(uuid4())

    first, second = register(person(), key=key), register(person(), key=key)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    refused(register(person(village="Mandar"), key=key), 409)
    assert QueueToken.objects.count() == Invoice.objects.count() == Patient.objects.count() == 1


def test_sent_again_later_it_is_the_same_registration_as_it_stands_by_then(
    register, person, doctor, med, unit
):
    key, other = str(uuid4()), make_unit(med, name="Unit 2")
    first = register(person(), unit=str(unit.pk), key=key).json()
    moves = f"/api/v1/queue-tokens/{first['token']['id']}/moves/"
    moved = doctor.post(moves, {"unit": str(other.pk)}).json()

    again = register(person(), unit=str(unit.pk), key=key).json()

    assert {name for name in first if again[name] != first[name]} == {"token", "slip"}
    assert (again["token"]["id"], again["token"]["unit"]["name"]) == (moved["id"], "Unit 2")


def test_a_patient_of_another_hospital_is_registered_only_after_an_exact_number(
    register, sgml_clerk, sgml_med, asha
):
    before = register(str(asha.pk), by=sgml_clerk)
    refused(before, 422, "patient")
    sgml_clerk.get(PATIENTS, {"q": asha.uhid})

    made = register(str(asha.pk), by=sgml_clerk).json()
    assert made["patient"]["uhid"] == asha.uhid
    assert made["receipt"]["number"].startswith("SGML/R")


def test_a_likely_duplicate_is_409_with_the_candidates_unless_it_is_said_to_be_new(
    register, person, asha, monkeypatch, clerk
):
    asked = person(name="Asha Devi", phone=asha.phone, guardian_name="", age={"years": asha_age(asha)})

    problem = refused(register(asked), 409)

    (candidate,) = problem["candidates"]
    assert (candidate["id"], candidate["phone_ends"]) == (str(asha.pk), "0001")
    assert "matched" in candidate
    assert asha.phone not in str(candidate)
    refused(clerk.post(PATIENTS, asked), 409)
    assert register(asked | {"confirm_new": True}).status_code == 201
    assert register(asked, confirm_new=True).status_code == 201


def test_a_second_token_of_a_department_is_409_with_the_first_unless_it_is_confirmed(register, asha):
    first, key = register(str(asha.pk)).json(), str(uuid4())

    problem = refused(register(str(asha.pk), key=key), 409)

    assert problem["token"] == first["token"]
    assert QueueToken.objects.count() == 1
    made = register(str(asha.pk), key=key, confirm_again=True)
    assert (made.status_code, made.json()["token"]["number"]) == (201, 2)
    assert register(str(asha.pk), key=key).json() == made.json()


def asha_age(asha):
    return asha.age_on(Encounter._meta.get_field("started_at").to_python("2026-07-22T00:00").date()).number


def test_a_unit_is_asked_for_and_one_of_another_hospital_is_refused(register, asha, med, sgml_med):
    second = make_unit(med, name="Unit 2")

    assert register(str(asha.pk), unit=str(second.pk)).json()["token"]["unit"]["name"] == "Unit 2"
    refused(register(str(asha.pk), unit=str(sgml_med.units.get().pk)), 422, "unit")
    refused(register(str(asha.pk), department=str(sgml_med.pk)), 422, "department")
    assert register(str(asha.pk), department=str(med.pk), confirm_again=True).status_code == 201


def test_an_emergency_goes_first(register, asha):
    made = register(str(asha.pk), priority="emergency").json()

    token = QueueToken.objects.get(pk=made["token"]["id"])
    assert (token.lane, token.lane_rank) == ("emergency", 0)
    refused(register(str(asha.pk), priority="minister"), 400, "priority")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("patient", ...),
        ("patient", None),
        ("patient", "not-an-id"),
        ("patient", ["x"]),
        ("patient", 10**40),
        ("patient.name", {"sex": "male", "phone": "9431100009"}),
        ("department", {"code": "MED"}),
        ("department", None),
        ("department", "M\0D"),
        ("unit", "first"),
        ("payment", "cash"),
        ("payment.mode", {"mode": "gold"}),
        ("payment.reference", {"mode": "upi", "reference": {"utr": 1}}),
        ("exemption", [1]),
        ("exemption.scheme", {"proof_number": "1"}),
        ("confirm_new", "perhaps"),
        ("confirm_again", "perhaps"),
        ("colour", "red"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(register, asha, field, value):
    patient = str(asha.pk)
    name = field.split(".")[0]
    response = register(value) if name == "patient" else register(patient, **{name: value})

    assert refused(response, 400, field)
    assert not Encounter.objects.exists()


def test_who_may_not_register_is_403(register, asha, doctor):
    refused(register(str(asha.pk), by=doctor), 403)


def test_todays_registrations_are_listed_newest_first_and_another_hospitals_are_404(
    register, clerk, sgml_clerk, asha, person
):
    first, second = register(str(asha.pk)).json(), register(person()).json()

    listed = clerk.get(REGISTRATIONS).json()["results"]
    assert listed == [second, first]
    assert clerk.get(REGISTRATIONS, {"department": "SURG"}).json()["results"] == []
    assert clerk.get(f"{REGISTRATIONS}{first['id']}/").json() == first
    assert sgml_clerk.get(REGISTRATIONS).json()["results"] == []
    refused(sgml_clerk.get(f"{REGISTRATIONS}{first['id']}/"), 404)


def test_pages_go_on_where_the_last_one_ended(register, clerk, asha):
    ids = [register(str(asha.pk), confirm_again=True).json()["id"] for _ in range(3)]

    first = clerk.get(REGISTRATIONS, {"page_size": 2}).json()
    second = clerk.get(first["next"]).json()

    assert [one["id"] for one in first["results"] + second["results"]] == ids[::-1]
    assert second["next"] is None
    for cursor in "cD1ub25zZW5zZQ==", "cD0lMDA=", "bz14":
        assert clerk.get(f"{REGISTRATIONS}?cursor={cursor}").status_code in {400, 404}


def test_more_registrations_cost_no_more_queries(register, clerk, asha):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert clerk.get(REGISTRATIONS).status_code == 200
        return len(queries)

    register(str(asha.pk))
    cost()
    before = cost()
    for _ in range(4):
        register(str(asha.pk), payment=...)
    assert cost() == before <= 10


def test_a_registration_stays_within_its_statements(register, person):
    register(person())
    with CaptureQueriesContext(connection) as queries:
        register(person(phone="9431100077", name="Somra Munda"))

    assert len(queries) <= 36, "\n".join(one["sql"][:110] for one in queries)
