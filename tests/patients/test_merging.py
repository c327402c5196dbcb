"""Two records of one person: joined, both lead to one; separated, all is as it was."""

from functools import partial
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from facilities.roles import Role
from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry
from hmis.kernel.scope import at_hospitals, everywhere, within
from lab.queries.reports import reports_of
from opd.documents import abha_of
from opd.queries import followed
from patients.identifiers import show_abha
from patients.models import CaseKind, GuardianRelation, IdentifierKind, MergeRecord, RelatedPerson
from patients.queries import (
    allergies_of,
    chart,
    death_on_file,
    identifiers_of,
    likely_duplicates,
    merging,
    person_of,
    search,
    withhold_names,
)
from patients.queries.dispensing import newest_note
from patients.queries.prescribing import running_of
from patients.services import (
    LikelyDuplicate,
    break_glass,
    find_patients,
    merge_patients,
    open_chart,
    undo_merge,
)
from tests.conftest import NOON
from tests.factories.casualty import come
from tests.factories.chart import make_allergy, make_observation
from tests.factories.constraints import again, rule_broken_by
from tests.factories.facilities import make_person
from tests.factories.ipd import admit, beds_in
from tests.factories.lab import make_pathologist, make_technician, make_tests, reported
from tests.factories.parallel import all_at_once
from tests.factories.patients import give_identifier, make_death_notice, make_encounter, make_patient
from tests.factories.prescribing import make_prescription
from tests.opd.test_register_visit import visit
from tests.patients.test_legal import mark
from tests.patients.test_numbers import ABHA, add
from tests.patients.test_register_patient import register

WHY = "same person, card lost"
HOSTILE = '"><img src=x onerror=alert(1)> =1+1'
UNDONE = {"undone_at": NOON, "undone_why": "two sisters"}
BY_THE_SAME = {**UNDONE, "undone_by_id": "merged_by_id"}


@pytest.fixture
def ravi(rims):
    """The records officer of RIMS."""
    return make_person("Ravi", Role.RECORDS_OFFICER, rims)


@pytest.fixture
def double(rims):
    """Asha once more, with another UHID."""
    return make_patient(rims, name="Asha Debi")


def words_of(answer):
    return " ".join(strip_tags(answer.content.decode()).split())


def join(patient, kept, officer, *, why=WHY, key=None, at=NOON):
    return merge_patients(
        patient=patient, kept=kept, why=why, request_key=key or uuid4(), actor=officer, at=at
    )


def separate(merge, officer, *, why="two sisters", key=None):
    return undo_merge(merge=merge, why=why, request_key=key or uuid4(), actor=officer, at=NOON)


@pytest.fixture
def merge(double, asha, ravi):
    return join(double, asha, ravi)


# ── The table ──


BREAKS = [
    ("record_is_given_up_once", {}),
    ("record_is_not_joined_to_itself", {"kept_id": "patient_id", **BY_THE_SAME}),
    ("merge_says_why", {"why": "", **BY_THE_SAME}),
    ("undone_merge_says_by_whom_and_why", UNDONE),
]


@pytest.mark.parametrize(("rule", "changes"), BREAKS)
def test_each_rule_of_the_table_refuses(merge, rule, changes):
    said = {name: getattr(merge, str(value), value) for name, value in changes.items()}

    assert rule_broken_by(again, merge, **said) == rule


def test_what_was_undone_stays_so_and_no_merge_is_deleted(merge, ravi):
    separate(merge, ravi)
    held = MergeRecord.objects.filter(pk=merge.pk)

    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        held.update(undone_at=None, undone_by=None, undone_why="")
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        held.delete()


# ── An ABHA is one person's ──


def test_an_abha_that_two_bear_is_told_where_it_was_written_down_until_they_are_joined(
    double, asha, rims, sgml, ravi
):
    for patient in double, asha, make_patient(sgml):
        give_identifier(patient, IdentifierKind.ABHA_ADDRESS, f"{patient.uhid}@abdm")
        give_identifier(patient, IdentifierKind.OLD_NUMBER, "12 of 2019")
    for patient in double, asha:
        give_identifier(patient, IdentifierKind.ABHA_NUMBER, "91432715600211")
    both = ", ".join(sorted([asha.uhid, double.uhid]))
    told = [f"UHIDs {both} have the same ABHA and are not joined."]
    for place, faults in (everywhere(), told), (at_hospitals(rims.pk), told), (at_hospitals(sgml.pk), []):
        with within(place):
            assert [str(one) for one in merging.abha_faults()] == faults

    join(double, asha, ravi)

    assert not list(merging.abha_faults())


# ── The act ──


def test_both_records_stay_and_whoever_looks_at_either_audit_finds_it(merge, double, asha):
    assert (merge.patient, merge.kept, merge.why) == (double, asha, WHY)
    told = AuditEntry.objects.filter(name="patients.patients_merged")
    assert {one.patient_id for one in told} == {double.pk, asha.pk}
    assert {one.about_id for one in told} == {merge.pk}


def test_sent_twice_it_is_one_merge_and_with_another_reason_refused(double, asha, ravi):
    key = uuid4()
    first = join(double, asha, ravi, key=key)

    assert join(double, asha, ravi, key=key) == first
    with pytest.raises(KeyReused):
        join(double, asha, ravi, key=key, why="another")


def test_a_record_given_up_is_neither_given_up_again_nor_kept(merge, double, asha, rims, ravi):
    third = make_patient(rims, name="Asha D", phone="9431100010")

    with pytest.raises(Refusal, match=f"{double.uhid_shown} is joined to UHID {asha.uhid_shown} already"):
        join(double, third, ravi)
    with pytest.raises(Refusal, match="already"):
        join(third, double, ravi)
    with pytest.raises(Refusal, match="was joined to this record: keep this one"):
        join(asha, third, ravi)
    assert join(third, asha, ravi).kept == asha


def test_it_says_why_and_never_with_an_aadhaar_number(double, asha, ravi):
    with pytest.raises(Refusal, match="Say why"):
        join(double, asha, ravi, why="")
    with pytest.raises(Exception, match="Aadhaar"):
        join(double, asha, ravi, why="both show 2345 6789 0124")
    with pytest.raises(Refusal, match="the same record"):
        join(asha, asha, ravi)


def test_mother_and_child_are_two_people(double, asha, ravi, rims):
    RelatedPerson.objects.create(
        facility=rims, patient=double, relative=asha, name="Asha", relation=GuardianRelation.MOTHER
    )

    with pytest.raises(Refusal, match="mother and child"):
        join(double, asha, ravi)


def test_two_who_lie_in_beds_at_once_are_two_people(double, asha, ravi, ward, clara):
    first, second = beds_in(ward)[:2]
    admit(asha, first, clara)
    other = admit(double, second, clara)

    with pytest.raises(Refusal, match="Both lie in a bed"):
        join(double, asha, ravi)
    assert other.admission.patient == double


def test_what_hangs_on_a_record_joined_before_counts_too(double, asha, ravi, rims, ward, clara):
    child, third = (make_patient(rims, name=name, phone="9431100010") for name in ("Chotu", "Asha D"))
    RelatedPerson.objects.create(
        facility=rims, patient=child, relative=double, name="Asha", relation=GuardianRelation.MOTHER
    )
    for one, bed in zip((third, double), beds_in(ward)[:2], strict=True):
        admit(one, bed, clara)
    join(double, asha, ravi)

    with pytest.raises(Refusal, match="mother and child"):
        join(child, asha, ravi)
    with pytest.raises(Refusal, match="Both lie in a bed"):
        join(third, asha, ravi)


@pytest.mark.django_db(transaction=True)
def test_of_two_officers_who_join_crosswise_one_does(double, asha, ravi, rims):
    sona = make_person("Sona", Role.RECORDS_OFFICER, rims)
    crosswise = [partial(join, double, asha, ravi), partial(join, asha, double, sona)]

    outcomes = all_at_once(crosswise)

    assert sorted(type(one).__name__ for one in outcomes) == ["MergeRecord", "Refusal"]
    assert not list(merging.merge_faults())


def test_separated_each_stands_for_itself_and_may_be_joined_again(merge, double, asha, ravi):
    key = uuid4()
    assert separate(merge, ravi, key=key) == separate(merge, ravi, key=key)

    assert merging.merges_of(double) == []
    with pytest.raises(Refusal, match="separated already"):
        separate(merge, ravi)
    with pytest.raises(Refusal, match="Say why"):
        separate(join(double, asha, ravi), ravi, why="")
    told = AuditEntry.objects.filter(name="patients.merge_undone")
    assert {one.patient_id for one in told} == {double.pk, asha.pk}


def test_a_chain_written_past_the_act_is_found_by_verify(merge, asha, rims, ravi):
    third = make_patient(rims, name="Asha D", phone="9431100010")
    again(merge, patient_id=asha.pk, kept_id=third.pk)

    assert [asha.uhid_shown in str(one) for one in merging.merge_faults()] == [True]


# ── Who is found ──


@pytest.mark.usefixtures("merge")
def test_either_number_leads_to_the_record_that_goes_on(double, asha, kavita, gopal):
    give_identifier(double, IdentifierKind.OLD_NUMBER, "RIMS/2019/4711")

    for clerk in (kavita, gopal):  # at another hospital, too
        found = search(double.uhid, clerk)
        assert (found.only, found.given_up) == (asha, double.uhid_shown)
    assert search(asha.uhid, kavita).given_up == ""
    assert search("RIMS/2019/4711", kavita).patients == [asha]


@pytest.mark.usefixtures("merge")
def test_no_list_offers_the_record_that_was_given_up(double, asha, kavita):
    assert search("Asha", kavita).patients == [asha]
    assert search(double.phone, kavita).patients == [asha]
    assert [one.patient for one in likely_duplicates(person_of(asha), kavita)] == [asha]


def test_what_stands_on_the_record_given_up_alone_leads_to_the_one_that_goes_on(asha, rims, kavita, ravi):
    other = make_patient(rims, name="Phulmani Oraon", phone="9431100012")
    before = person_of(other)
    join(other, asha, ravi)

    for said in ("Phulmani", "9431100012", "Phulmani 0012"):
        assert [(one, one.found_as) for one in search(said, kavita).patients] == [(asha, other)]
    (offered,) = likely_duplicates(before, kavita)
    assert (offered.patient, offered.match.strong) == (asha, True)
    with pytest.raises(LikelyDuplicate):
        register(kavita, name="Phulmani Oraon", phone="9431100012")
    clerk = Client()
    clerk.force_login(kavita)
    found = clerk.post(reverse("opd:search_new"), {"q": "9431100012"}, headers={"HX-Request": "true"})
    assert f"Also on file as Phulmani Oraon, UHID {other.uhid_shown}" in words_of(found)


@pytest.mark.usefixtures("merge")
def test_a_list_asks_no_more_where_nobody_else_goes_on(asha, rims, kavita, ravi, django_assert_num_queries):
    alone = make_patient(rims, name="Budhni Munda", phone="9431100013")
    with CaptureQueriesContext(connection) as asked:
        assert search(alone.phone, kavita).patients == [alone]

    with django_assert_num_queries(len(asked)):
        assert search(asha.phone, kavita).patients == [asha]


def test_where_only_the_record_given_up_is_known_its_name_still_leads_on(asha, rims, sgml, ravi, gopal):
    theirs = make_patient(sgml, name="Asha Devi")
    join(theirs, asha, ravi)
    clerk = Client()
    clerk.force_login(gopal)

    assert search("Asha", gopal).patients == [theirs]
    page = words_of(clerk.get(reverse("opd:registration_new"), {"patient": theirs.pk}))
    assert f"This record is joined to UHID {asha.uhid_shown}" in page
    assert search(asha.uhid, gopal).only == asha


def test_the_abha_of_the_record_given_up_is_the_patients_and_is_not_given_twice(
    asha, double, med, kavita, rims, ravi
):
    give_identifier(double, IdentifierKind.ABHA_NUMBER, ABHA)
    join(double, asha, ravi)
    clerk = Client()
    clerk.force_login(kavita)

    assert abha_of(asha) == ABHA
    assert [(one.patient, one.value) for one in identifiers_of(asha)] == [(double, ABHA)]
    page = words_of(clerk.get(reverse("patients:patient_detail", args=[asha.pk])))
    assert f"UHID {double.uhid_shown}: {show_abha(ABHA)}" in page
    with pytest.raises(Refusal, match="kept with this patient already"):
        add(asha, kavita, IdentifierKind.ABHA_NUMBER, ABHA)
    with pytest.raises(Refusal, match="belongs to a registered patient"):
        add(make_patient(rims, name="Sita"), kavita, IdentifierKind.ABHA_NUMBER, ABHA)

    give_identifier(asha, IdentifierKind.ABHA_NUMBER, "91100000000024")
    assert abha_of(asha) == "91100000000024"


# ── What begins ──


@pytest.mark.usefixtures("unit")
def test_nothing_new_begins_on_the_record_that_was_given_up(merge, double, asha, med, kavita, ravi):
    with pytest.raises(Refusal, match=f"Take UHID {asha.uhid_shown}"):
        visit(double, med, kavita)
    assert visit(asha, med, kavita).encounter.patient == asha

    separate(merge, ravi)
    assert visit(double, med, kavita).encounter.patient == double


@pytest.mark.usefixtures("unit", "merge")
def test_a_visit_paid_on_either_record_is_followed_free(double, asha, med, kavita):
    paid = make_encounter(double, med, at=NOON, valid_till=timezone.localdate(NOON))

    assert followed(asha, med, timezone.localdate(NOON)) == paid
    assert visit(asha, med, kavita).encounter.follows == paid


def test_a_contact_that_goes_on_may_lead_to_the_ward(double, asha, med, ward, bose, clara, ravi):
    going_on = make_encounter(double, med, at=NOON)
    join(double, asha, ravi)

    admitted = admit(double, beds_in(ward)[0], clara, came_from=going_on)

    assert admitted.admission.patient == double


def test_who_lies_on_one_record_is_neither_admitted_nor_registered_in_casualty_on_the_other(
    double, asha, ward, emer, clara, kavita, ravi
):
    first, second = beds_in(ward)[:2]
    admit(double, first, clara)
    third = make_patient(double.facility, name="Asha D", phone="9431100010")
    come(emer, kavita, who=third, at=NOON)
    for one in (double, third):
        join(one, asha, ravi)

    with pytest.raises(Refusal, match="admitted already"):
        admit(asha, second, clara)
    with pytest.raises(Refusal, match="in casualty already"):
        come(emer, kavita, who=asha, at=NOON)


def test_who_is_dead_on_one_record_is_so_on_the_other(double, asha, med, unit, bose, kavita, ravi):
    make_death_notice(make_encounter(double, med), bose, died_at=NOON)
    join(double, asha, ravi)

    assert death_on_file(asha)
    with pytest.raises(Refusal, match="The death of this patient is on file"):
        visit(asha, med, kavita)


# ── What a doctor sees ──


def test_the_chart_shows_both_from_either_and_from_another_hospital(
    double, asha, med, sgml_med, bose, clara, esha, ravi
):
    here = make_encounter(asha, med, at=NOON)
    there = make_encounter(double, sgml_med, at=NOON)
    make_allergy(there, esha, "Penicillin")
    make_observation(there, esha, value="61", taken_at=NOON)
    join(double, asha, ravi)

    for record in (asha, double):
        opened = open_chart(patient=record, actor=bose, at=NOON)
        assert set(chart.contacts_of(opened)) == {here, there}
        assert [str(one.substance) for one in allergies_of(record).listed] == ["Penicillin"]
        assert [one.value for one in chart.curves_of(record)["pulse"]] == [61]


def test_whoever_reads_one_through_the_other_stands_in_the_audit_of_both(
    merge, double, asha, med, sgml_med, bose, esha, ravi
):
    make_encounter(double, med)
    make_encounter(asha, sgml_med, status="finished", ended_at=NOON)

    open_chart(patient=asha, actor=bose, at=NOON)
    open_chart(patient=asha, actor=bose, at=NOON, read=False)  # the page of asha's record says it itself
    break_glass(patient=asha, reason="found unconscious", request_key=uuid4(), actor=esha, at=NOON)
    open_chart(patient=asha, actor=esha, at=NOON)
    separate(merge, ravi)

    seen = AuditEntry.objects.filter(name="patients.chart_viewed").order_by("pk")
    said = {
        one: [(row.actor, row.detail["opening"]) for row in seen.filter(patient_id=one.pk)]
        for one in (asha, double)
    }
    assert said[asha] == [(bose, "treated"), (esha, "glass")]
    assert said[double] == [(bose, "treated"), (bose, "treated"), (esha, "glass")]
    assert AuditEntry.objects.get(name="patients.glass_broken").patient_id == asha.pk


def test_medicines_and_results_of_either_record_count(double, asha, med, bose, clara, rims, ravi):
    theirs = make_encounter(double, med, at=NOON)
    note = make_prescription(theirs, bose, "para 500 1-1-1 5d", nurse=clara)
    report = reported(
        theirs, bose, make_technician(rims), make_pathologist(rims), make_tests()["CBC"], HB="11"
    )
    join(double, asha, ravi)
    today = timezone.localdate()

    assert [one.note_id for one in running_of(asha, today)] == [note.pk]
    assert newest_note(make_person("Pushpa", Role.PHARMACIST, rims), asha.pk, today) == note
    assert list(reports_of(asha)) == [report]


# ── The pages ──


@pytest.fixture
def office(ravi):
    client = Client()
    client.force_login(ravi)
    return client


def test_from_the_patients_page_to_the_joined_record(office, double, asha, med):
    page = office.get(reverse("patients:patient_detail", args=[double.pk]))
    doubles = reverse("patients:double_list", args=[double.pk])
    assert doubles in page.content.decode()

    offered = office.get(doubles).context["candidates"]
    assert [one.patient for one in offered] == [asha]
    found = office.post(doubles, {"q": asha.uhid}, headers={"HX-Request": "true"})
    assert f"{doubles}?patient={asha.pk}" in found.content.decode()
    there = reverse("patients:merge_new", args=[double.pk, asha.pk])
    assert office.get(f"{doubles}?patient={asha.pk}")["Location"] == there

    form = office.get(there).context["form"]
    assert form.fields["kept"].initial in {asha.uhid, double.uhid}
    said = {"kept": asha.uhid, "why": HOSTILE, "request_key": str(uuid4())}
    assert office.post(there, said)["Location"] == reverse("patients:patient_detail", args=[asha.pk])

    kept = words_of(office.get(reverse("patients:patient_detail", args=[asha.pk])))
    assert f"Also on file as UHID {double.uhid_shown}" in kept
    given_up = words_of(office.get(reverse("patients:patient_detail", args=[double.pk])))
    assert f"This record is joined to UHID {asha.uhid_shown}" in given_up
    assert "<img src=x" not in office.get(reverse("patients:merge_list")).content.decode()


def test_what_is_missing_is_said_at_its_field_and_nothing_is_lost(office, double, asha):
    there = reverse("patients:merge_new", args=[double.pk, asha.pk])

    answer = office.post(there, {"kept": asha.uhid, "why": "", "request_key": str(uuid4())})

    assert answer.status_code == 422
    assert answer.context["form"].errors["why"]
    assert answer.context["form"]["kept"].value() == asha.uhid


def test_whom_a_case_withholds_on_one_record_no_list_names_on_the_other(double, asha, ravi, med, clara):
    mark(make_encounter(double, med), clara, CaseKind.SEXUAL_ASSAULT)
    withhold_names([asha])
    assert not asha.is_withheld

    merge = join(double, asha, ravi)
    withhold_names([asha])
    assert asha.is_withheld

    separate(merge, ravi)
    withhold_names([asha])
    assert not asha.is_withheld


def test_the_officer_separates_again_and_one_of_another_hospital_does_not(merge, office, double, sgml):
    there = reverse("patients:merge_undoing_new", args=[merge.pk])
    stranger = Client()
    stranger.force_login(make_person("Tara", Role.RECORDS_OFFICER, sgml))

    assert stranger.post(there, {"why": "x", "request_key": str(uuid4())}).status_code == 404
    assert "Joined on" in words_of(office.get(there))
    answer = office.post(there, {"why": "two sisters", "request_key": str(uuid4())})
    assert answer["Location"] == reverse("patients:patient_detail", args=[double.pk])
    assert "two sisters" in words_of(office.get(reverse("patients:merge_list")))


def test_a_record_of_another_hospital_is_joined_once_it_was_found_by_its_number(office, asha, sgml, ravi):
    sita = make_patient(sgml, name="Asha Devi", phone="9431100011")
    there = reverse("patients:merge_new", args=[asha.pk, sita.pk])

    assert office.get(there).status_code == 404
    find_patients(text=sita.uhid, actor=ravi, at=timezone.now())
    assert office.get(there).status_code == 200


@pytest.mark.usefixtures("merge", "unit")
def test_the_desk_says_that_the_scanned_number_is_another_record_of_the_person(double, asha, kavita):
    clerk = Client()
    clerk.force_login(kavita)

    page = words_of(clerk.post(reverse("opd:search_new"), {"q": double.uhid}, headers={"HX-Request": "true"}))

    assert f"UHID {double.uhid_shown} is joined to this record" in page
    assert asha.uhid_shown in page
