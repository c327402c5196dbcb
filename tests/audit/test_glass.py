"""Openings from outside: listed as what they are, reviewed by somebody else, never edited."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import InternalError, transaction
from django.urls import reverse
from django.utils import timezone

from audit.models import GlassReview
from audit.services import review_glass
from audit.states import Verdict
from facilities.roles import Role
from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry
from tests.audit.conftest import browser_of, review
from tests.audit.test_entries import ids, ids_on
from tests.factories.audit import make_entry
from tests.factories.cases import walked
from tests.factories.constraints import again, rule_broken_by
from tests.factories.facilities import make_person
from tests.factories.parallel import all_at_once

LIST = "audit:glass_list"
FOUND = "patients.patient_found_by_identifier"
HOSTILE = '"><img src=x onerror=alert(1)>'


def listed(client, **asked):
    answer = client.get(reverse(LIST), asked)
    assert answer.status_code == 200
    return ids_on(answer)


def judge(entry, person, **changes):
    details = {"verdict": Verdict.JUSTIFIED, "note": "She stood before him.", "request_key": uuid4()}
    return review_glass(entry=entry, actor=person, at=timezone.now(), **details | changes)


@pytest.fixture
def mohan(sgml):
    """The administrator of the hospital whose clerk opened her."""
    return make_person("Mohan", Role.FACILITY_ADMIN, sgml)


@pytest.fixture
def opening(opened):
    """Gopal's opening of Asha, as the audit has it."""
    return AuditEntry.objects.get(name=FOUND)


# ── The list ──


def test_who_opened_a_patient_of_another_hospital_is_listed_as_just_that(auditor, opening, gopal, asha):
    page = auditor.get(reverse(LIST)).text

    assert ids(opening) == listed(auditor)
    for said in (
        "opened a patient of another hospital by an exact number",
        "found by: UHID",
        asha.uhid_shown,
    ):
        assert said in page
    assert "not reviewed" in page
    assert gopal.username in page


def test_broken_glass_of_the_chart_appears_with_its_reason(auditor, asha, esha):
    broken = make_entry(
        "patients.glass_broken", esha, patient_id=asha.pk, detail={"reason": f"unconscious {HOSTILE}"}
    )
    page = auditor.get(reverse(LIST)).text

    assert listed(auditor) == ids(broken)
    assert "broke the glass and opened the chart" in page
    assert "reason: unconscious &quot;&gt;&lt;img" in page


def test_an_ordinary_view_is_no_opening_from_outside(auditor, dev):
    make_entry("patients.patient_viewed", dev)

    assert listed(auditor) == []


def test_an_administrator_sees_what_the_own_people_opened(admin, opening, asha, kavita, gopal):
    own = make_entry("patients.glass_broken", kavita, patient_id=asha.pk)

    assert listed(admin) == ids(own)
    assert admin.get(reverse("audit:entry_detail", args=[opening.pk])).status_code == 404
    assert post_review(admin, opening).status_code == 404


def test_what_nobody_has_reviewed_can_be_listed_alone(auditor, opening, prem, kavita):
    other = make_entry("patients.glass_broken", kavita)
    judge(opening, prem)

    assert listed(auditor, unreviewed="on") == ids(other)
    assert set(listed(auditor)) == {*ids(opening), *ids(other)}


def test_the_list_is_filtered_by_day_and_looking_at_it_is_an_entry(auditor, prem, opening):
    yesterday = timezone.localdate() - timedelta(days=1)

    assert listed(auditor, ends=yesterday) == []
    entry = AuditEntry.objects.get(name="audit.glass_viewed")
    assert (entry.actor, entry.detail) == (prem, {"until": str(yesterday)})


def test_the_list_takes_as_many_questions_for_fifty_as_for_one(
    auditor, prem, dev, asha, django_assert_max_num_queries
):
    for _ in range(55):
        judge(make_entry("patients.glass_broken", dev, patient_id=asha.pk), prem)
    with django_assert_max_num_queries(18):
        assert len(listed(auditor)) == 50


def test_a_search_from_here_comes_back_here(auditor, asha):
    answer = auditor.post(reverse("audit:search_new"), {"uhid": asha.uhid, "glass": "1", "unreviewed": "on"})

    assert answer.url == f"{reverse(LIST)}?patient={asha.pk}&unreviewed=True"
    assert auditor.get(answer.url).status_code == 200


# ── The review ──


def post_review(client, entry, **changes):
    return client.post(reverse("audit:review_new", args=[entry.pk]), review(**changes))


def test_a_review_says_who_found_what_and_is_an_entry(auditor, prem, opening, asha, gopal):
    answer = post_review(auditor, opening, verdict="asked", note=HOSTILE)

    held = GlassReview.objects.get()
    assert answer.url == reverse("audit:entry_detail", args=[opening.pk])
    assert (held.entry, held.verdict, held.reviewed_by) == (opening, "asked", prem)
    assert held.facility_id == gopal.posting.facility_id
    fact = AuditEntry.objects.get(name="audit.glass_reviewed")
    assert (fact.about_id, fact.patient_id, fact.detail) == (opening.pk, asha.pk, {"verdict": "asked"})
    for page in (auditor.get(answer.url).text, auditor.get(reverse(LIST)).text):
        assert "explanation asked" in page
        assert "&lt;img" in page
        assert "<img" not in page
        assert "Prem" in page


def test_a_second_opinion_stands_beside_the_first(opening, prem, mohan):
    judge(opening, prem)
    judge(opening, mohan, verdict=Verdict.NOT_JUSTIFIED)

    assert GlassReview.objects.filter(entry=opening).count() == 2


def test_nobody_reviews_what_they_opened_themselves(admin, alok):
    own = make_entry("patients.glass_broken", alok)

    with pytest.raises(Refusal, match="Somebody else must review"):
        judge(own, alok)
    assert "Somebody else must review" in admin.get(reverse("audit:entry_detail", args=[own.pk])).text
    assert post_review(admin, own).status_code == 422
    assert not GlassReview.objects.exists()


def test_an_ordinary_entry_is_not_reviewed(auditor, prem, dev):
    plain = make_entry("patients.patient_viewed", dev)

    with pytest.raises(Refusal, match="Only an opening from outside"):
        judge(plain, prem)
    assert post_review(auditor, plain).status_code == 422


@walked(
    ("changes", "said"),
    [
        ({"note": ""}, "This field is required"),
        ({"note": "her Aadhaar is 2341 2341 2346"}, "looks like an Aadhaar"),
        ({"verdict": "x"}, "valid choice"),
        ({"note": "n" * 501}, "at most 500"),
        ({"request_key": "x"}, ""),
    ],
)
def test_what_is_refused_is_said_at_its_field_and_nothing_typed_is_lost(auditor, opening, changes, said):
    answer = post_review(auditor, opening, **{"note": "typed with care"} | changes)

    assert answer.status_code == 422
    assert said in answer.text
    assert (changes.get("note") or "typed with care") in answer.text or changes.get("note") == ""
    assert not GlassReview.objects.exists()


def test_a_service_takes_no_aadhaar_either(opening, prem):
    with pytest.raises(ValidationError):
        judge(opening, prem, note="2341 2341 2346")
    assert not GlassReview.objects.exists()


def test_a_review_without_words_is_refused_by_the_database(opening, prem):
    held = judge(opening, prem)

    assert rule_broken_by(again, held, note="") == "review_says_why"


def test_a_review_is_never_edited(opening, prem):
    judge(opening, prem)

    with pytest.raises(InternalError, match="Cannot"), transaction.atomic():
        GlassReview.objects.update(note="otherwise")
    with pytest.raises(InternalError, match="Cannot"), transaction.atomic():
        GlassReview.objects.all()._raw_delete("default")


def test_the_same_key_with_another_verdict_is_refused(opening, prem):
    key = uuid4()
    judge(opening, prem, request_key=key)

    with pytest.raises(KeyReused, match="already sent"):
        judge(opening, prem, request_key=key, verdict=Verdict.NOT_JUSTIFIED)


@pytest.mark.django_db(transaction=True)
def test_the_same_click_eight_times_is_one_review(opening, prem):
    assert prem.posting
    outcomes = all_at_once([partial(judge, opening, prem, request_key=uuid4())] * 8)

    assert set(outcomes) == {GlassReview.objects.get()}
    assert AuditEntry.objects.filter(name="audit.glass_reviewed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_review_at_once_are_both_heard(opening, prem, mohan):
    assert prem.posting
    assert mohan.posting
    outcomes = all_at_once([partial(judge, opening, prem), partial(judge, opening, mohan)])

    assert {one.reviewed_by_id for one in outcomes} == {prem.pk, mohan.pk}


def test_a_review_is_written_while_the_broker_is_gone(absent_broker, auditor, opening):
    assert post_review(auditor, opening).status_code == 303


def test_a_clerk_reviews_nothing(opening, gopal):
    assert post_review(browser_of(gopal), opening).status_code == 403
