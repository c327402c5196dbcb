import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hmis.kernel.models import AuditEntry
from patients.models import Patient
from patients.queries import FOUND
from tests.api.conftest import refused
from tests.factories.patients import give_identifier, make_patient

PATIENTS = "/api/v1/patients/"
EVIL = '"><img src=x onerror=alert(1)>'
AADHAAR = "2341 2341 2346"
ABHA = "91-1000-0000-0016"


def found(response):
    assert response.status_code == 200, response.content
    return [one["uhid"] for one in response.json()["results"]]


# ── Found ──


@pytest.mark.parametrize("query", ["Asha", "आशा", "9431100001"])
def test_names_and_mobiles_find_at_ones_own_hospital_only(clerk, sgml_clerk, asha, query):
    assert found(clerk.get(PATIENTS, {"q": query})) == [asha.uhid]
    assert found(sgml_clerk.get(PATIENTS, {"q": query})) == []


def test_an_exact_number_finds_in_the_whole_state_and_is_written_down(sgml_clerk, asha, gopal):
    give_identifier(asha, "abha_number", "91100000000016")

    for query in asha.uhid, asha.uhid_shown, ABHA:
        assert found(sgml_clerk.get(PATIENTS, {"q": query})) == [asha.uhid]
    kinds = AuditEntry.objects.filter(name=FOUND, actor=gopal, patient_id=asha.pk)
    assert [one.detail["by"] for one in kinds.order_by("id")] == ["uhid", "uhid", "abha_number"]


def test_an_aadhaar_number_finds_nobody_and_says_why(clerk, asha):
    assert "Aadhaar" in refused(clerk.get(PATIENTS, {"q": AADHAAR}), 400, "q")


@pytest.mark.parametrize("query", [{}, {"q": ""}, {"q": "\0"}, {"q": "x" * 601}])
def test_a_search_needs_something_to_look_for(clerk, query):
    refused(clerk.get(PATIENTS, query), 400, "q")


def test_more_who_are_found_cost_no_more_queries(clerk, rims, asha):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert found(clerk.get(PATIENTS, {"q": "9431100001"}))
        return len(queries)

    cost()
    before = cost()
    for _ in range(5):
        make_patient(rims)
    assert cost() == before


def test_a_search_says_whether_there_are_more(clerk, rims, asha):
    assert clerk.get(PATIENTS, {"q": "Asha"}).json()["more"] is False
    for n in range(20):
        make_patient(rims, phone=f"94311002{n:02d}")

    shown = clerk.get(PATIENTS, {"q": "Asha"}).json()
    assert (len(shown["results"]), shown["more"]) == (20, True)


def test_a_patient_is_shown_with_the_look_written_down(clerk, asha, kavita):
    give_identifier(asha, "abha_number", "91100000000016")

    shown = clerk.get(f"{PATIENTS}{asha.pk}/").json()

    assert (shown["uhid"], shown["name"], shown["abha_number"]) == (asha.uhid, "Asha Devi", "91100000000016")
    assert (shown["district"], shown["facility"], list(shown["age"])) == (364, "RIMS", ["years"])
    looks = AuditEntry.objects.filter(name="patients.patient_viewed", patient_id=asha.pk, actor=kavita)
    assert looks.count() == 1
    for part in "identifiers", "cards":
        clerk.get(f"{PATIENTS}{asha.pk}/{part}/")
    assert looks.count() == 3


def test_another_hospitals_patient_is_404(sgml_clerk, asha):
    refused(sgml_clerk.get(f"{PATIENTS}{asha.pk}/"), 404)
    refused(sgml_clerk.patch(f"{PATIENTS}{asha.pk}/", {"rev": 0, "name": "X"}), 404)
    refused(sgml_clerk.get(f"{PATIENTS}not-an-id/"), 404)


def test_who_may_not_register_is_403(doctor, person):
    refused(doctor.post(PATIENTS, person()), 403)


# ── Registered ──


def test_a_new_patient_gets_a_uhid(clerk, person, ranchi):
    sent = person(district=364, block="Bero", abha_number=ABHA, abha_address="Budhni@abdm", category="bpl")

    response = clerk.post(PATIENTS, sent)

    assert response.status_code == 201, response.content
    shown = response.json()
    assert (shown["phone"], shown["age"], shown["birth_precision"]) == ("9431100002", {"years": 34}, "year")
    assert (shown["district"], shown["block"], shown["category"]) == (364, "Bero", "bpl")
    assert (shown["abha_number"], shown["abha_address"]) == ("91100000000016", "budhni@abdm")
    assert shown["name_hi"]
    assert "warnings" not in shown
    assert Patient.objects.get(pk=shown["id"]).uhid == shown["uhid"]


def test_a_name_in_hindi_alone_gets_its_other_spelling(clerk, person):
    shown = clerk.post(PATIENTS, person(name="बुधनी उराँव")).json()

    assert shown["name_hi"] == "बुधनी उराँव"
    assert shown["name"].isascii()


def test_an_abha_number_that_does_not_add_up_is_kept_with_a_warning(clerk, person):
    shown = clerk.post(PATIENTS, person(abha_number="91100000000017")).json()

    assert shown["abha_number"] == "91100000000017"
    assert shown["warnings"][0]["field"] == "abha_number"


def test_the_same_key_is_one_patient_and_another_body_is_409(clerk, person):
    def send(**changes):
        return clerk.post(PATIENTS, person(**changes), HTTP_IDEMPOTENCY_KEY="counter-1")

    first, second = send(), send()

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    refused(send(village="Mandar"), 409)
    assert Patient.objects.count() == 1


def test_a_name_that_is_markup_is_kept_as_it_is(clerk, person):
    response = clerk.post(PATIENTS, person(name=EVIL))

    assert response.json()["name"] == EVIL
    assert response["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", None),
        ("name", {"given": "Asha"}),
        ("name", "A\0sha"),
        ("name", "x" * 121),
        ("name", AADHAAR),
        ("village", AADHAAR),
        ("address", ["Main Road"]),
        ("sex", "f"),
        ("sex", ["female"]),
        ("age", "34"),
        ("age", {}),
        ("age", {"years": 10**30}),
        ("age", {"years": -1}),
        ("age", {"years": 125, "months": 1400}),
        ("age.years", {"years": "many"}),
        ("birth_date", "31-02-2020"),
        ("birth_date", "2999-01-01"),
        ("birth_date", "0001-01-01"),
        ("phone", "12345"),
        ("phone", None),
        ("phone", {"home": 1}),
        ("district", 999999),
        ("district", 10**30),
        ("district", "Ranchi"),
        ("block", "99999999999999999999"),
        ("pincode", "012345"),
        ("abha_number", "123"),
        ("abha_address", "someone@example.com"),
        ("category", "rich"),
        ("no_phone_reason", "lost"),
        ("phonee", "9431100002"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(clerk, person, field, value):
    name = field.split(".")[0]
    sent = person(**{name: value})
    if name == "birth_date":
        del sent["age"]

    problems = refused(clerk.post(PATIENTS, sent), 400)

    assert any(error["field"].split(".")[0] == name for error in problems["errors"])
    assert not Patient.objects.exists()


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b'"x"', b"7", b"{", b"[" * 60_000, b"\xff", b'{"name": NaN}']
)
def test_a_body_that_is_no_object_is_400(clerk, body):
    refused(clerk.generic("POST", PATIENTS, body, content_type="application/json"), 400)


def test_too_much_is_413_and_no_json_is_415(clerk):
    refused(clerk.generic("POST", PATIENTS, b" " * 70_000, content_type="application/json"), 413)
    refused(clerk.generic("POST", PATIENTS, b"name=x", content_type="text/plain"), 415)
    refused(clerk.get(PATIENTS, {"q": "Asha"}, HTTP_ACCEPT="text/csv"), 406)
    refused(clerk.delete(PATIENTS), 405)
    refused(clerk.options(PATIENTS), 405)
    refused(clerk.get("/api/v1/nobody/"), 404)


def test_without_a_mobile_there_is_a_reason(clerk, person):
    sent = person()
    del sent["phone"]
    assert "say why" in refused(clerk.post(PATIENTS, sent), 400, "phone")

    assert clerk.post(PATIENTS, sent | {"no_phone_reason": "none_owned"}).json()["phone"] == ""


def test_somebody_new_has_an_age_or_a_birth_date(clerk, person):
    sent = person()
    del sent["age"]
    assert "age" in refused(clerk.post(PATIENTS, sent), 400, "age")

    assert clerk.post(PATIENTS, sent | {"birth_date": "1992-11-23"}).status_code == 201


def test_hindi_digits_are_digits(clerk, person):
    shown = clerk.post(PATIENTS, person(pincode="८३४००१", abha_number="९१-१०००-००००-००१६")).json()

    assert (shown["pincode"], shown["abha_number"]) == ("834001", "91100000000016")


def test_whose_abha_it_is_stands_among_the_candidates_of_their_own_hospital_only(
    clerk, sgml_clerk, person, asha
):
    give_identifier(asha, "abha_number", "91100000000016")
    sent = person(abha_number=ABHA)

    (candidate,) = refused(clerk.post(PATIENTS, sent), 409)["candidates"]
    assert (candidate["id"], candidate["matched"]["abha"]) == (str(asha.pk), "same")
    refused(clerk.post(PATIENTS, sent | {"confirm_new": True}), 422, "abha_number")
    assert "candidates" not in refused(sgml_clerk.post(PATIENTS, sent), 422, "abha_number")


def test_age_and_birth_date_together_are_refused(clerk, person):
    refused(clerk.post(PATIENTS, person(birth_date="1992-01-01")), 400, "age")


# ── Put right ──


def test_a_patient_is_put_right_by_whoever_saw_the_last_state(clerk, asha):
    path = f"{PATIENTS}{asha.pk}/"
    rev = clerk.get(path).json()["rev"]

    shown = clerk.patch(path, {"rev": rev, "village": "Kanke", "no_phone_reason": "declined"}).json()

    assert (shown["village"], shown["phone"], shown["name"]) == ("Kanke", "", "Asha Devi")
    assert shown["rev"] == rev + 1
    assert "Look again" in refused(clerk.patch(path, {"rev": rev, "village": "Bero"}), 422)["detail"]
    refused(clerk.patch(path, {"village": "Bero"}), 400, "rev")
