import pytest
from django.utils import timezone
from django.utils.translation import gettext, override
from knox.models import AuthToken
from rest_framework.test import APIClient

from facilities.roles import Role
from hmis.kernel.api import SAID_OF_FIELDS
from tests.api.conftest import refused
from tests.factories.facilities import PASSWORD, post

TOKEN, FACILITIES = "/api/v1/auth/token/", "/api/v1/facilities/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def anyone():
    return APIClient(HTTP_ACCEPT_LANGUAGE="en")


def test_name_and_password_give_a_token_that_opens_the_api(anyone, kavita):
    response = anyone.post(TOKEN, {"username": kavita.username, "password": PASSWORD})

    assert response.status_code == 201
    assert response.json()["expires_at"]
    anyone.credentials(HTTP_AUTHORIZATION=f"Token {response.json()['token']}")
    assert anyone.get(FACILITIES).status_code == 200


def test_a_wrong_password_is_401_and_too_many_are_429(anyone, kavita, settings):
    settings.LOGIN_FAILURES_PER_NAME_AND_ADDRESS = 2
    wrong = {"username": kavita.username, "password": "not this"}

    for _ in range(2):
        assert "do not match" in refused(anyone.post(TOKEN, wrong), 401)["detail"]
    assert refused(anyone.post(TOKEN, wrong), 429)


@pytest.mark.parametrize("header", ["", "Token", "Token abc", "Token a b", "Token \xff\xfe", "Basic YTpi"])
def test_without_a_token_that_holds_it_is_401(anyone, header):
    response = anyone.get(FACILITIES, HTTP_AUTHORIZATION=header) if header else anyone.get(FACILITIES)

    refused(response, 401)
    assert response["WWW-Authenticate"] == "Token"


def test_an_expired_token_or_one_of_somebody_who_left_is_401(caller, kavita):
    clerk = caller(kavita)
    AuthToken.objects.update(expiry=timezone.now())
    refused(clerk.get(FACILITIES), 401)

    clerk = caller(kavita)
    kavita.is_active = False
    kavita.save(update_fields=["is_active"])
    refused(clerk.get(FACILITIES), 401)


def test_a_locked_screen_is_401_here_too(client, kavita):
    client.force_login(kavita)
    assert client.get(FACILITIES).status_code == 200
    client.post("/lock/")

    assert "locked" in refused(client.get(FACILITIES), 401)["detail"]


def test_x_facility_names_the_posting_and_a_stranger_has_none_there(caller, kavita, rims, sgml):
    post(kavita, Role.CLERK, facility=sgml)

    seen = caller(kavita, HTTP_X_FACILITY="SGML").get(FACILITIES).json()["results"]
    assert [one["code"] for one in seen] == ["SGML"]
    refused(caller(kavita, HTTP_X_FACILITY="XXXX").get(FACILITIES), 403)


def test_sentences_come_in_the_language_asked_for_else_in_the_persons_own(caller, kavita):
    kavita.language = "hi"
    kavita.save(update_fields=["language"])

    def said(**headers):
        response = caller(kavita, **headers).post("/api/v1/opd-registrations/", {})
        return refused(response, 400, "department")

    assert said(HTTP_ACCEPT_LANGUAGE="en") == "This field is required."
    with override("hi"):
        assert said() == said(HTTP_ACCEPT_LANGUAGE="hi") == str(SAID_OF_FIELDS["required"])


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"age": {}}, "age", "Write the age in years, months or days."),
        ({"colour": "red"}, "colour", "There is no such field."),
        ({"pincode": "012345"}, "pincode", "A PIN code has 6 digits and does not begin with 0."),
        ({"birth_date": "1992-01-01"}, "age", "Send the birth date or the age, not both."),
        ({"district": 1}, "district", "There is no district with this LGD code."),
        ({"district": "x"}, "district", "A valid integer is required."),
        ({"occupation": "x" * 200}, "occupation", "This is too long."),
    ],
)
def test_who_asks_in_hindi_hears_the_very_sentence(caller, kavita, person, changes, field, said):
    response = caller(kavita, HTTP_ACCEPT_LANGUAGE="hi").post("/api/v1/patients/", person(**changes))

    with override("hi"):
        assert refused(response, 400, field) == gettext(said) != said


def test_a_browsers_session_without_its_token_is_told_so_in_its_language(kavita):
    kavita.language = "hi"
    kavita.save(update_fields=["language"])
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(kavita)

    said = "The page's CSRF token is missing or too old. Open the page again."
    with override("hi"):
        assert refused(browser.post("/api/v1/patients/", {}), 403)["detail"] == gettext(said) != said


def test_a_person_who_calls_too_often_waits(clerk, settings):
    settings.API_REQUESTS_PER_MINUTE = 2
    assert [clerk.get(FACILITIES).status_code for _ in range(2)] == [200, 200]

    response = clerk.get(FACILITIES)
    assert "Wait a minute" in refused(response, 429)["detail"]
    assert response["Retry-After"] == "60"


def test_the_caller_sees_the_hospitals_that_their_posting_reaches(clerk, caller, indu, rims, sgml):
    assert [one["code"] for one in clerk.get(FACILITIES).json()["results"]] == ["RIMS"]
    codes = [one["code"] for one in caller(indu).get(f"{FACILITIES}?ordering=-code").json()["results"]]
    assert codes == ["SGML", "RIMS"]

    assert clerk.get(f"{FACILITIES}{rims.pk}/").json()["district"] == 364
    refused(clerk.get(f"{FACILITIES}{sgml.pk}/"), 404)


def test_the_applications_own_role_suffices(anyone, kavita, med, unit, person, as_application):
    token = anyone.post(TOKEN, {"username": kavita.username, "password": PASSWORD}).json()["token"]
    anyone.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    sent = {"patient": person(), "department": "MED", "payment": {"mode": "cash"}}

    assert anyone.post("/api/v1/opd-registrations/", sent).status_code == 201
