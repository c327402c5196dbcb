"""The nurse's triage: who waits is measured in the order of call, and on to the next."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from hmis.kernel.errors import Refusal
from hmis.kernel.models import AuditEntry
from opd.models import QueueToken
from opd.queries import to_triage, with_triaged_at
from opd.services import triage_token
from opd.states import Lane, TokenStatus
from patients.models import AllergyIntolerance, Observation
from patients.queries import allergies_of
from patients.services import Allergy, Vitals
from tests.conftest import NOON
from tests.factories.cases import walked
from tests.factories.chart import make_allergy, make_observation
from tests.factories.facilities import make_unit
from tests.factories.opd import make_clinic_day, make_token
from tests.factories.parallel import all_at_once
from tests.factories.patients import make_patient

USUAL = Vitals(systolic=Decimal(120), diastolic=Decimal(80), pulse=Decimal(72))
LIST = "opd:vitals_list"


@pytest.fixture
def clinic(unit):
    return make_clinic_day(unit, held_on=timezone.localdate())


@pytest.fixture
def two(clinic):
    now = timezone.now() - timedelta(hours=1)
    return [make_token(clinic, senior_since=now + timedelta(minutes=n)) for n in range(2)]


@pytest.fixture
def nurse(client, clara):
    client.force_login(clara)
    return client


def triage(token, nurse, vitals=USUAL, *, key=None, **changes):
    return triage_token(
        token=token, vitals=vitals, request_key=key or uuid4(), actor=nurse, at=timezone.now(), **changes
    )


def path_of(token):
    return reverse("opd:vitals_new", args=[token.pk])


def row(**changes):
    return {"systolic": "120", "diastolic": "80", "pulse": "72", "request_key": uuid4()} | changes


def test_who_is_measured_leaves_the_list_and_keeps_the_place_in_the_queue(two, clara):
    first, second = two
    day = timezone.localdate()
    assert to_triage(clara, day).tokens == [first, second]

    triage(first, clara)

    waiting = to_triage(clara, day)
    assert (waiting.tokens, waiting.count, waiting.measured) == ([second], 1, 1)
    first.refresh_from_db()
    assert first.status == TokenStatus.WAITING
    measured = with_triaged_at(QueueToken.objects.filter(pk=first.pk)).get()
    assert measured.triaged_at == Observation.objects.first().taken_at


def test_what_was_wrong_does_not_count_as_measured(two, clara):
    first, _second = two
    make_observation(first.encounter, clara, wrong_because="other patient", wrong_by=clara, wrong_at=NOON)

    assert first in to_triage(clara, timezone.localdate()).tokens


def test_emergencies_come_first_and_a_nurse_may_serve_one_unit(two, clinic, med, clara):
    urgent = make_token(clinic, lane=Lane.EMERGENCY, senior_since=timezone.now())
    other = make_token(make_clinic_day(make_unit(med, "Unit 2"), held_on=timezone.localdate()))
    day = timezone.localdate()

    assert to_triage(clara, day).tokens[0] == urgent
    assert to_triage(clara, day, other.clinic_day.unit).tokens == [other]
    waiting = to_triage(clara, day, clinic.unit)
    assert (waiting.after(urgent), waiting.after(two[1]), waiting.after(None)) == (two[0], urgent, urgent)


def test_allergies_are_asked_in_the_same_act_and_sent_twice_it_is_done_once(two, clara):
    token, key = two[0], uuid4()
    first, second = (triage(token, clara, allergy=Allergy("fish"), key=key) for _ in range(2))

    assert first == second
    assert (Observation.objects.count(), AllergyIntolerance.objects.count()) == (2, 1)
    assert allergies_of(token.patient).listed[0].encounter == token.encounter


def test_nothing_at_all_and_a_token_that_is_over_are_refused(two, clara):
    with pytest.raises(Refusal, match="at least one value"):
        triage(two[0], clara, Vitals())
    two[0].status = TokenStatus.LEFT
    two[0].save()
    with pytest.raises(Refusal, match="does not wait any more"):
        triage(two[0], clara)


def test_an_allergy_that_is_refused_leaves_no_vitals(two, clara):
    make_allergy(two[0].encounter, clara)
    with pytest.raises(Refusal, match="Allergies are listed"):
        triage(two[0], clara, allergy=Allergy())
    assert not Observation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_same_enter_five_times_is_one_set(two, clara):
    key = uuid4()
    outcomes = all_at_once([partial(triage, two[0], clara, key=key, allergy=Allergy())] * 5)

    assert all(len(one) == 2 for one in outcomes), outcomes
    assert (Observation.objects.count(), AllergyIntolerance.objects.count()) == (2, 1)


# ── The page ──


def test_the_page_opens_at_whoever_waits_longest_and_goes_on_to_the_next(nurse, two, clara):
    page = nurse.get(reverse(LIST))
    assert page.context["token"] == two[0]
    assert 'id="id_systolic"' in page.text
    assert AuditEntry.objects.filter(name="patients.vitals_viewed", actor=clara).count() == 1

    sent = nurse.post(path_of(two[0]), row(allergy="none"))
    assert (sent.status_code, sent["Location"]) == (303, path_of(two[1]))
    assert allergies_of(two[0].patient).none_known
    last = nurse.post(path_of(two[1]), row())
    assert (last.status_code, last["Location"]) == (303, reverse(LIST))
    assert "Nobody waits to be measured." in nurse.get(reverse(LIST)).text


def test_what_cannot_be_is_said_at_its_box_and_nothing_typed_is_lost(nurse, two):
    page = nurse.post(path_of(two[0]), row(spo2="140", temperature="abc", substance="2341 2341 2346"))

    assert page.status_code == 422
    errors = page.context["form"].errors
    assert set(errors) == {"spo2", "temperature", "substance"}
    assert errors["spo2"] == ["This value is not possible."]
    for typed in 'value="140"', 'value="abc"', 'value="120"', "id_spo2-error":
        assert typed in page.text
    assert not Observation.objects.exists()


@walked(
    ("said", "field"),
    [
        ({"diastolic": ""}, "diastolic"),
        ({"systolic": "70"}, "diastolic"),
        ({"allergy": "yes"}, "substance"),
        ({"allergy": "none", "substance": "fish"}, "allergy"),
        ({"last_period": "yesterday"}, "last_period"),
        ({"weight": "62.555"}, "weight"),
    ],
)
def test_each_refusal_stands_at_its_box(nurse, two, said, field):
    page = nurse.post(path_of(two[0]), row(**said))
    assert (page.status_code, set(page.context["form"].errors)) == (422, {field})


def test_an_unlikely_value_is_asked_about_once(nurse, two):
    typed = row(pulse="150")
    page = nurse.post(path_of(two[0]), typed)
    assert page.status_code == 422
    assert "Sure? Look at these again: pulse." in page.text
    assert 'name="confirm"' in page.text

    assert nurse.post(path_of(two[0]), typed | {"confirm": "on"}).status_code == 303
    assert Observation.objects.get(code="8867-4").is_confirmed


def test_the_last_values_and_their_curve_are_shown(nurse, two, clara):
    for minutes, value in enumerate(["70", "90"]):
        at = two[0].encounter.started_at + timedelta(minutes=minutes)
        make_observation(two[0].encounter, clara, value=value, taken_at=at)
    page = nurse.get(path_of(two[0]))

    assert page.context["boxes"][0]["trend"].last.shown == "90"
    assert '<path d="M3 25L93 3"/>' in page.text
    assert 'aria-label="70, 90"' in page.text


def test_men_are_not_asked_of_periods_nor_the_old_measured_at_the_arm(nurse, clinic, rims):
    man = make_token(clinic, make_patient(rims, "Birsa Munda", sex="male"))
    fields = nurse.get(path_of(man)).context["form"].fields
    assert not {"pregnant", "last_period", "breast_feeding", "arm"} & set(fields)


def test_a_biting_name_and_substance_are_only_text(nurse, clinic, rims, clara):
    biting = '"><img src=x onerror=alert(1)>'
    token = make_token(clinic, make_patient(rims, biting, name_hi=""))
    make_allergy(token.encounter, clara, biting, reaction=biting)
    page = nurse.get(path_of(token)).text
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_a_strangers_token_is_not_there(nurse, two, client, esha):
    client.force_login(esha)
    assert client.get(path_of(two[0])).status_code == 404
    assert client.post(path_of(two[0]), row()).status_code == 404
    assert client.get(reverse(LIST), {"unit": two[0].clinic_day.unit_id}).status_code == 404
    assert client.get(reverse(LIST), {"unit": "no id"}).status_code == 200


def test_more_who_wait_and_more_values_cost_no_more_queries(nurse, clinic, two, clara):
    path = path_of(two[0])
    nurse.get(path)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            nurse.get(path)
        counts.append(len(asked))
        for n in range(8):
            make_token(clinic)
            make_observation(two[0].encounter, clara, value=str(60 + n))
            make_allergy(two[0].encounter, clara, f"fish {len(counts)} {n}")
    assert counts[0] == counts[1] <= 20


# ── Struck out ──


def test_a_wrong_value_is_struck_out_from_the_page(nurse, two, clara):
    pulse = make_observation(two[0].encounter, clara)
    path = reverse("patients:error_new", args=[pulse.pk])
    assert path in nurse.get(path_of(two[0])).text

    sent = {"because": "other patient", "request_key": uuid4(), "next": path_of(two[0])}
    assert nurse.post(path, sent | {"because": ""}).status_code == 422
    assert nurse.post(path, sent)["Location"] == path_of(two[0])
    assert "<s>pulse 72 /min</s>" in nurse.get(path_of(two[0])).text
    again = nurse.post(path, sent | {"request_key": uuid4()})
    assert (again.status_code, "wrong already" in again.text) == (422, True)


def test_an_allergy_that_the_list_does_not_know_is_marked(nurse, two, clara):
    make_allergy(two[0].encounter, clara, "Penicillin")
    assert "not checked against medicines" not in nurse.get(path_of(two[0])).text
    make_allergy(two[0].encounter, clara, "पेनिसिलीन")

    assert nurse.get(path_of(two[0])).text.count("not checked against medicines") == 1


def test_an_allergy_is_refuted_from_the_page_and_leads_nowhere_else(nurse, two, clara):
    row_ = make_allergy(two[0].encounter, clara)
    path = reverse("patients:refutation_new", args=[row_.pk])
    assert path in nurse.get(path_of(two[0])).text

    sent = {"because": "ate it", "request_key": uuid4(), "next": "https://elsewhere.example/"}
    assert nurse.post(path, sent)["Location"] == "/"
    assert not allergies_of(two[0].patient).listed
