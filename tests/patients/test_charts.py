"""The chart: open to who treats, closed to others, and for an hour in an emergency to who says why."""

import re
from datetime import timedelta
from functools import partial
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.queries import charts_to_review
from audit.services import review_glass
from audit.states import Verdict
from facilities.roles import Grade, Role
from hmis.kernel import scope
from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry
from patients.models import Condition, Encounter, Vital
from patients.queries import chart
from patients.services import ChartClosed, break_glass, countersign_note, open_chart
from patients.states import EncounterStatus, Opening
from tests.conftest import NOON
from tests.factories.chart import make_allergy, make_observation
from tests.factories.facilities import make_person
from tests.factories.looking import says
from tests.factories.notes import make_condition, make_graded, make_note, make_signed_note, make_templates
from tests.factories.opd import make_clinic_day, make_consultation, make_token
from tests.factories.parallel import all_at_once
from tests.factories.patients import make_encounter, make_patient

HOSTILE = '"><img src=x onerror=alert(1)> =1+1'
WHY = "unconscious in casualty, no relatives"


def browser_of(person):
    client = Client()
    client.force_login(person)
    return client


def end(encounter):
    encounter.status, encounter.ended_at = EncounterStatus.FINISHED, timezone.now()
    encounter.save()


def break_for(patient, person, reason=WHY, **changes):
    details = {"request_key": uuid4(), "actor": person, "at": timezone.now()} | changes
    return break_glass(patient=patient, reason=reason, **details)


def seen(name="patients.chart_viewed"):
    return list(AuditEntry.objects.filter(name=name).order_by("at").values_list("actor__name", flat=True))


@pytest.fixture
def page(asha):
    return reverse("patients:chart_detail", args=[asha.pk])


@pytest.fixture
def known_there(asha, sgml_med, esha):
    """Asha was at SGML once; nothing goes on there."""
    end(make_encounter(asha, sgml_med))
    return asha


# ── Who may ──


def test_an_open_contact_here_opens_the_chart_and_its_end_closes_it(asha, encounter, bose):
    assert chart.opening(bose, asha.pk, NOON).how == Opening.TREATED

    end(encounter)
    assert chart.opening(bose, asha.pk, NOON) is None
    with pytest.raises(ChartClosed):
        open_chart(patient=asha, actor=bose, at=NOON)
    assert seen() == []


def test_a_contact_at_another_hospital_opens_nothing(asha, encounter, esha):
    assert chart.opening(esha, asha.pk, NOON) is None


def test_each_reading_is_written_down_with_its_right(asha, encounter, bose):
    open_chart(patient=asha, actor=bose, at=NOON)
    entry = AuditEntry.objects.get(name="patients.chart_viewed")

    assert (entry.actor, entry.patient_id, entry.detail["opening"]) == (bose, asha.pk, "treated")


def test_a_doctor_of_another_hospital_sees_nothing_without_the_glass(
    client, known_there, encounter, esha, page
):
    make_allergy(encounter, esha, "Penicillin")
    client.force_login(esha)
    answer = client.get(page)

    assert answer.status_code == 303
    assert answer.url == reverse("patients:glass_new", args=[known_there.pk])
    assert "Penicillin" not in client.get(answer.url).text
    assert seen() == []


def test_a_stranger_whom_nobody_looked_up_is_not_there(client, asha, encounter, esha, page):
    client.force_login(esha)

    assert client.get(page).status_code == 404
    assert client.post(reverse("patients:glass_new", args=[asha.pk]), {"reason": WHY}).status_code == 404


@pytest.mark.parametrize("role", [Role.CLERK, Role.CASHIER, Role.FACILITY_ADMIN, Role.LAB_TECHNICIAN])
def test_other_roles_read_no_chart(client, rims, encounter, page, role):
    client.force_login(make_person("Other", role, rims))

    assert client.get(page).status_code == 403


def test_a_nurse_reads_it_while_it_is_open_and_breaks_no_glass(client, clara, encounter, page, asha):
    client.force_login(clara)
    assert client.get(page).status_code == 200

    end(encounter)
    closed = client.get(page, follow=True)
    assert closed.status_code == 403
    assert "In an emergency a doctor opens it." in closed.text
    assert client.post(reverse("patients:glass_new", args=[asha.pk]), {"reason": WHY}).status_code == 403
    assert not AuditEntry.objects.filter(name=chart.GLASS_BROKEN).exists()


# ── In an emergency ──


def test_the_glass_opens_one_patient_for_an_hour_to_one_person(known_there, encounter, sgml, esha, rims, med):
    make_observation(encounter, esha)
    other = make_patient(sgml, name="Other")
    opened = break_for(known_there, esha, at=NOON)

    assert (opened.how, opened.until, opened.reason) == (Opening.GLASS, NOON + timedelta(hours=1), WHY)
    assert chart.opening(esha, known_there.pk, NOON + timedelta(minutes=59)).is_glass
    assert chart.opening(esha, known_there.pk, NOON + timedelta(minutes=60)) is None
    assert chart.opening(esha, other.pk, NOON) is None
    assert chart.opening(make_person("Colleague", Role.DOCTOR, sgml), known_there.pk, NOON) is None


def test_through_the_page_to_what_was_written_elsewhere(client, known_there, encounter, bose, esha, page):
    make_signed_note(encounter, bose)
    make_condition(encounter, bose, "I10")
    client.force_login(esha)
    glass = reverse("patients:glass_new", args=[known_there.pk])
    said = {"reason": f"{WHY} {HOSTILE}", "request_key": str(uuid4())}
    answer = client.post(glass, said, follow=True)

    assert answer.redirect_chain[-1][0] == page
    assert "I10" in answer.text
    assert "paracetamol, water" in answer.text
    assert "Opened in an emergency" in answer.text
    assert "<img src=x" not in answer.text
    assert seen() == ["Esha"]
    again = client.post(glass, said)  # sent twice
    assert again.status_code in (302, 303)
    assert AuditEntry.objects.filter(name=chart.GLASS_BROKEN).count() == 1


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("", "required"),
        ("look", "superintendent"),
        ("x" * 201, "200"),
        ("2341 2341 2346 is her card", "Aadhaar"),
    ],
)
def test_a_reason_that_says_nothing_opens_nothing(client, known_there, esha, reason, said):
    client.force_login(esha)
    answer = client.post(
        reverse("patients:glass_new", args=[known_there.pk]), {"reason": reason, "request_key": str(uuid4())}
    )

    assert answer.status_code == 422
    assert said in answer.text
    assert reason[:4] in answer.text
    assert chart.opening(esha, known_there.pk, timezone.now()) is None


def test_the_same_key_with_another_reason_is_refused(known_there, esha):
    key = uuid4()
    break_for(known_there, esha, request_key=key)

    with pytest.raises(KeyReused):
        break_for(known_there, esha, "something else entirely", request_key=key)


def test_a_key_of_an_hour_ago_does_not_open_it_once_more(known_there, esha):
    key = uuid4()
    break_for(known_there, esha, request_key=key, at=NOON)

    with pytest.raises(ChartClosed):
        break_for(known_there, esha, request_key=key, at=NOON + timedelta(hours=2))


@pytest.mark.django_db(transaction=True)
def test_ten_clicks_at_once_break_one_glass(known_there, esha):
    key = uuid4()
    outcomes = all_at_once([partial(break_for, known_there, esha, request_key=key)] * 10)

    assert {one.how for one in outcomes} == {Opening.GLASS}
    assert AuditEntry.objects.filter(name=chart.GLASS_BROKEN).count() == 1


def test_where_the_patient_is_treated_no_glass_is_broken(asha, encounter, bose):
    assert break_for(asha, bose).how == Opening.TREATED
    assert not AuditEntry.objects.filter(name=chart.GLASS_BROKEN).exists()


def test_the_superintendent_is_told_until_somebody_has_reviewed(client, known_there, sgml, rims, esha):
    chief, other = (
        make_person("Chief", Role.FACILITY_ADMIN, sgml),
        make_person("Far", Role.FACILITY_ADMIN, rims),
    )
    break_for(known_there, esha)
    assert [charts_to_review(one) for one in (chief, other, esha)] == [1, 0, 0]
    client.force_login(chief)
    listed = client.get(reverse("audit:glass_list"))
    assert WHY in listed.text
    assert '<span class="state t-bad">1</span>' in listed.text

    (entry,) = AuditEntry.objects.filter(name=chart.GLASS_BROKEN)
    review_glass(
        entry=entry,
        verdict=Verdict.JUSTIFIED,
        note="She lay there.",
        request_key=uuid4(),
        actor=chief,
        at=timezone.now(),
    )
    assert charts_to_review(chief) == 0


def test_a_chart_is_open_to_its_request_alone(client, known_there, encounter, esha, page):
    break_for(known_there, esha)
    with scope.within(scope.current()):
        client.force_login(esha)
        assert client.get(page).status_code == 200
    assert scope.current().charts == ""


# ── The page ──


def test_it_shows_what_must_be_known_first(client, asha, encounter, bose, clara, page):
    make_allergy(encounter, clara, f"Penicillin {HOSTILE}"[:80], reaction="rash")
    make_condition(encounter, bose, "E11.9", is_problem=True)
    for value in "72", "80", "76":
        make_observation(encounter, clara, value=value)
    make_observation(encounter, clara, value="199", wrong_because="other", wrong_by=clara, wrong_at=NOON)
    make_signed_note(encounter, bose)
    client.force_login(bose)
    text = client.get(page).text

    for shown in "Penicillin", "E11.9", "fever", asha.uhid_shown, asha.name_hi or "", '<svg class="plot"':
        assert shown in text
    assert "<img src=x" not in text
    assert not says("199", text)


def test_not_asked_is_said(client, bose, encounter, page):
    client.force_login(bose)

    assert "not asked" in client.get(page).text


def test_a_draft_is_its_authors(client, rims, bose, encounter, page):
    make_note(encounter, bose)
    client.force_login(bose)
    assert "paracetamol" in client.get(page).text

    client.force_login(make_person("Colleague", Role.DOCTOR, rims))
    assert "paracetamol" not in client.get(page).text


def test_older_visits_are_fetched_in_order_and_once(client, asha, med, bose, page):
    made = [make_encounter(asha, med, started_at=NOON - timedelta(days=day)) for day in range(33)]
    client.force_login(bose)
    found, address, pages = [], page, 0
    while address:
        text = client.get(address, headers={"HX-Request": "true"} if pages else {}).text
        found += [one for one in made if f"{timezone.localtime(one.started_at):%d-%m-%Y}" in text]
        pages += 1
        older = re.search(r'hx-get="([^"]*before=[^"]*)"', text)
        address = older[1] if older else ""

    assert pages == 3
    assert seen() == ["Bose"]  # one look


def test_a_place_that_is_no_contact_of_hers_is_not_there(client, rims, med, bose, encounter, page):
    client.force_login(bose)
    stranger = make_encounter(make_patient(rims, name="Other"), med)

    for before in "x", uuid4(), stranger.pk:
        assert client.get(f"{page}?before={before}").status_code == 404


def test_more_rows_cost_no_more_queries(client, asha, med, bose, clara, page):
    def fill(days):
        for day in days:
            visit = make_encounter(asha, med, started_at=NOON - timedelta(days=day))
            make_observation(visit, clara)
            make_signed_note(visit, bose)
            make_condition(visit, bose, ("I10", "J18.9")[day % 2])

    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(page).status_code == 200
        return len(queries)

    client.force_login(bose)
    fill(range(2))
    asked()
    before = asked()
    fill(range(2, 12))

    assert asked() <= before <= 20


def test_one_vital_over_the_years(client, asha, encounter, bose, clara):
    for minute, (upper, lower) in enumerate([(120, 80), (148, 92)]):
        make_observation(
            encounter,
            clara,
            Vital.BLOOD_PRESSURE,
            upper,
            diastolic=lower,
            taken_at=NOON + timedelta(minutes=minute),
            recorded_at=NOON + timedelta(hours=1),
        )
    client.force_login(bose)
    text = client.get(reverse("patients:vital_detail", args=[asha.pk, "blood_pressure"])).text

    assert "148/92" in text
    assert "120/80" in text
    assert "&quot;lower&quot;: [80.0, 92.0]" in text
    assert client.get(reverse("patients:vital_detail", args=[asha.pk, "soul"])).status_code == 404
    assert (
        "Nothing was measured yet."
        in client.get(reverse("patients:vital_detail", args=[asha.pk, "weight"])).text
    )
    end(encounter)
    assert client.get(reverse("patients:vital_detail", args=[asha.pk, "pulse"])).status_code == 303


# ── By the API ──


def test_the_api_reads_a_closed_chart_as_little(client, known_there, encounter, clara, esha):
    make_observation(encounter, clara)
    client = browser_of(esha)
    asked = {"patient": str(known_there.pk)}
    nouns = ["observations/", "conditions/", "conditions/problems/", "clinical-notes/"]
    answers = [client.get(f"/api/v1/{noun}", asked) for noun in nouns]
    assert [one.status_code for one in answers] == [403] * 4
    assert "not treated here" in answers[0].json()["detail"]

    opened = client.post(
        f"/api/v1/patients/{known_there.pk}/openings/",
        {"reason": WHY},
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )
    assert (opened.status_code, opened.json()["opening"]) == (201, "glass")
    assert [client.get(f"/api/v1/{noun}", asked).status_code for noun in nouns] == [200] * 4
    assert len(client.get("/api/v1/observations/", asked).json()["results"]) == 1


def test_a_refusal_of_the_api_stands_at_its_field(known_there, esha):
    answer = browser_of(esha).post(
        f"/api/v1/patients/{known_there.pk}/openings/",
        {"reason": "look"},
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "reason"


def test_the_service_refuses_a_short_reason_itself(known_there, esha):
    with pytest.raises(Refusal, match="superintendent"):
        break_for(known_there, esha, "   look     ")
    with pytest.raises(Refusal, match="200"):
        break_for(known_there, esha, "x" * 201)


# ── Each way to what is written, once the patient is no longer treated here ──


@pytest.fixture
def written(unit, asha, rims, clara):
    """A resident's signed consultation, a diagnosis and a pulse, at a contact that is over."""
    make_templates()
    token = make_token(make_clinic_day(unit, held_on=timezone.localdate()), asha)
    resident = make_graded("Resident", rims, Grade.RESIDENT)
    begun = make_consultation(token, resident)
    condition = make_condition(token.encounter, resident)
    pulse = make_observation(token.encounter, clara)
    end(Encounter.objects.get(pk=token.encounter_id))
    return SimpleNamespace(
        token=token, consultation=begun, note=begun.note, condition=condition, pulse=pulse, resident=resident
    )


def ways(written):
    patient, encounter = written.token.patient_id, written.token.encounter_id
    pages = [
        ("patients:chart_detail", [patient]),
        ("patients:vital_detail", [patient, "pulse"]),
        ("patients:note_detail", [written.note.pk]),
        ("patients:outcome_list", [encounter]),
        ("patients:letter_new", [encounter]),
        ("patients:admission_request_new", [encounter]),
        ("opd:token_detail", [written.token.pk]),
    ]
    nouns = [
        f"observations/?patient={patient}",
        f"observations/{written.pulse.pk}/",
        f"conditions/?patient={patient}",
        f"conditions/?encounter={encounter}",
        f"conditions/problems/?patient={patient}",
        f"conditions/{written.condition.pk}/",
        f"clinical-notes/?patient={patient}",
        f"clinical-notes/{written.note.pk}/",
        f"clinical-notes/{written.note.pk}/versions/",
        f"consultations/?patient={patient}",
        f"consultations/{written.consultation.pk}/",
    ]
    return [reverse(name, args=said) for name, said in pages], [f"/api/v1/{noun}" for noun in nouns]


def posted(written, person):
    """What would answer with the chart, or write into it: (path, body)."""
    begun = make_note(written.token.encounter, person, sections={})
    notes, other = "/api/v1/clinical-notes/", str(written.token.encounter_id)
    chief = make_graded("Chief", person.posting.facility, Grade.CONSULTANT)
    signed = make_signed_note(written.token.encounter, chief)
    return [
        (notes, {"encounter": other, "as_last_time": True}),
        (f"{notes}{begun.pk}/repetitions/", {"version": 0}),
        (f"{notes}{signed.pk}/addenda/", {"reason": "report came", "text": "Hb 6.2"}),
        (f"{notes}{signed.pk}/countersignatures/", {}),
        ("/api/v1/conditions/", {"encounter": other, "code": "I10"}),
    ]


def sent(browser, path, body):
    key = {"Idempotency-Key": str(uuid4())}
    return browser.post(path, body, content_type="application/json", headers=key)


def test_every_way_to_a_closed_chart_is_closed(written, rims, asha):
    colleague = make_graded("Colleague", rims, Grade.RESIDENT)
    browser, (pages, nouns) = browser_of(colleague), ways(written)
    glass = reverse("patients:glass_new", args=[asha.pk])

    assert {browser.get(page).headers.get("Location") for page in pages} == {glass}
    assert {browser.get(noun).status_code for noun in nouns} == {403}
    assert browser.get("/api/v1/consultations/").json()["results"] == []
    assert {sent(browser, noun, body).status_code for noun, body in posted(written, colleague)} == {403}

    break_for(asha, colleague)
    assert {browser.get(page).status_code for page in pages} == {200}
    assert {browser.get(noun).status_code for noun in nouns} == {200}


def test_a_certificate_says_no_diagnosis_of_a_closed_chart(written, rims, asha):
    colleague = make_graded("Colleague", rims, Grade.CONSULTANT)
    colleague.council_number = "JH-4711"
    colleague.save()
    page = reverse("patients:certificate_new", args=[written.token.encounter_id])
    assert "I10" not in browser_of(colleague).get(page).text

    break_for(asha, colleague)
    assert "I10" in browser_of(colleague).get(page).text


def test_a_nurse_reads_no_residents_note_of_somebody_gone(written, clara):
    browser = browser_of(clara)

    assert browser.get(reverse("patients:note_detail", args=[written.note.pk])).status_code == 303
    assert browser.get(f"/api/v1/clinical-notes/{written.note.pk}/").status_code == 403


def test_whose_name_it_waits_for_reads_it_and_afterwards_only_who_signed(written, rims):
    chief, other = (make_graded(name, rims, Grade.CONSULTANT) for name in ("Chief", "Other"))
    page = reverse("patients:note_detail", args=[written.note.pk])
    assert [browser_of(one).get(page).status_code for one in (chief, other)] == [200, 200]

    countersign_note(note=written.note, request_key=uuid4(), actor=chief, at=timezone.now())
    readers = (chief, written.resident, other)
    assert [browser_of(one).get(page).status_code for one in readers] == [200, 200, 303]


def test_a_diagnosis_of_a_closed_chart_is_not_changed(written, rims):
    browser = browser_of(make_graded("Colleague", rims, Grade.CONSULTANT))
    edit = reverse("patients:condition_edit", args=[written.condition.pk])
    add = reverse("patients:condition_new", args=[written.token.encounter_id])

    assert browser.post(edit, {"act": "off"}).status_code == 303
    assert browser.post(add, {"code": "I10"}).status_code == 303
    answer = browser.patch(
        f"/api/v1/conditions/{written.condition.pk}/",
        {"rev": 0, "is_problem": False},
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )
    assert answer.status_code == 403
    written.condition.refresh_from_db()
    assert (written.condition.status, Condition.objects.count()) == ("final", 1)
