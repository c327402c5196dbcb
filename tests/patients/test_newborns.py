"""Newborns: "Baby of …", each with its own UHID, linked to the mother; twins in one step."""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db import transaction
from django.urls import reverse

from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry, RequestKey
from patients.models import Birth, Patient, RelatedPerson, Sex
from patients.queries import births_of, relatives_of
from patients.services import Newborn, correct_birth, note_death, register_newborns
from tests.conftest import NOON
from tests.factories.facilities import make_department, make_nurse
from tests.factories.parallel import all_at_once
from tests.factories.patients import make_encounter, make_merge, make_patient

GIRL = Newborn(Sex.FEMALE, NOON - timedelta(minutes=20), 2650)
BOY = Newborn(Sex.MALE, NOON - timedelta(minutes=12))


def bear(mother, nurse, *babies, at=NOON, key=None, **changes):
    return register_newborns(
        mother=mother, babies=babies or (GIRL,), request_key=key or uuid4(), actor=nurse, at=at, **changes
    )


def test_one_child_is_the_baby_of_its_mother(asha, clara):
    (birth,) = bear(asha, clara)

    baby = birth.baby
    assert (baby.name, baby.name_hi, baby.sex) == ("Baby of Asha Devi", "आशा देवी का शिशु", "female")
    assert (baby.birth_date, baby.birth_precision) == (date(2026, 7, 22), "day")
    assert (birth.born_at, birth.weight_grams, birth.place) == (GIRL.born_at, 2650, 1)
    assert (baby.phone, baby.guardian_name, baby.guardian_relation) == (asha.phone, "आशा देवी", "mother")
    assert baby.uhid != asha.uhid


def test_twins_are_told_apart_and_share_their_delivery(asha, clara):
    first, second = bear(asha, clara, GIRL, BOY)

    assert [one.baby.name for one in (first, second)] == ["Baby 1 of Asha Devi", "Baby 2 of Asha Devi"]
    assert [one.baby.name_hi for one in (first, second)] == ["आशा देवी का शिशु 1", "आशा देवी का शिशु 2"]
    assert (first.place, second.place, first.delivery) == (1, 2, second.delivery)


def test_mother_and_child_lead_to_each_other(asha, clara):
    (birth,) = bear(asha, clara)

    (mother,) = relatives_of(birth.baby)
    (child,) = relatives_of(asha)
    assert (mother.relation, mother.patient) == ("mother", asha)
    assert (child.patient, child.birth) == (birth.baby, birth)
    assert RelatedPerson.objects.get().facility == birth.facility


def test_a_mother_without_a_phone_gives_the_baby_none_either(rims, clara):
    mother = make_patient(rims, phone="", no_phone_reason="none_owned", category="bpl")
    (birth,) = bear(mother, clara)

    assert (birth.baby.no_phone_reason, birth.baby.category) == ("none_owned", "bpl")


def test_sent_twice_the_twins_are_two(asha, clara):
    key = uuid4()
    first, second = (bear(asha, clara, GIRL, BOY, key=key) for _ in range(2))

    assert first == second
    assert Birth.objects.count() == 2
    with pytest.raises(KeyReused):
        bear(asha, clara, GIRL, key=key)


def test_a_second_registration_is_asked_about_and_goes_on_counting(asha, clara):
    bear(asha, clara)

    with pytest.raises(Refusal, match="born at 11:40, is registered already") as caught:
        bear(asha, clara, BOY)
    assert caught.value.field == "confirm_another"
    (late,) = bear(asha, clara, BOY, confirm_another=True)
    assert (late.place, late.baby.name) == (2, "Baby 2 of Asha Devi")


def test_what_was_born_on_one_record_of_the_mother_is_hers_on_the_other(rims, asha, clara):
    double = make_patient(rims, name="Asha Debi")
    (birth,) = bear(double, clara)
    assert not relatives_of(asha)
    make_merge(double, asha, clara)

    assert [one.patient for one in relatives_of(asha)] == [birth.baby]
    with pytest.raises(Refusal, match="is registered already"):
        bear(asha, clara, BOY)
    (late,) = bear(asha, clara, BOY, confirm_another=True)
    assert [one.place for one in births_of(double)] == [late.place, 1] == [2, 1]
    assert [one.patient for one in relatives_of(late.baby)] == [asha]


@pytest.mark.django_db(transaction=True)
def test_two_desks_that_register_one_delivery_on_both_records_register_it_once(rims, asha, clara):
    double = make_patient(rims, name="Asha Debi")
    make_merge(double, asha, clara)
    other = make_nurse("Other", rims)

    outcomes = all_at_once([partial(bear, asha, clara), partial(bear, double, other)])

    assert sorted(type(one).__name__ for one in outcomes) == ["Refusal", "list"]


def test_the_child_of_another_year_counts_anew(asha, clara):
    bear(asha, clara)
    year = timedelta(days=500)
    (birth,) = bear(asha, clara, Newborn(Sex.MALE, NOON + year), at=NOON + year)

    assert (birth.place, birth.baby.name) == (1, "Baby of Asha Devi")
    assert len(relatives_of(asha)) == 2


@pytest.mark.parametrize(
    ("baby", "sentence"),
    [
        (Newborn(Sex.MALE, NOON + timedelta(minutes=1)), "lies ahead"),
        (Newborn(Sex.MALE, NOON - timedelta(days=29)), "more than 28 days ago"),
        (Newborn(Sex.MALE, NOON, 26), "between 300 and 7000"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_no_trace(asha, clara, baby, sentence):
    with pytest.raises(Refusal, match=sentence):
        bear(asha, clara, GIRL, baby)

    assert Patient.objects.get() == asha
    for model in Birth, RelatedPerson, AuditEntry, RequestKey:
        assert not model.objects.exists()


def test_a_man_bears_nobody_and_nobody_bears_none_or_seven(rims, asha, clara):
    with pytest.raises(Refusal, match="This patient is a man"):
        bear(make_patient(rims, "Birsa Munda", sex="male"), clara)
    for babies in [], [GIRL] * 7:
        with pytest.raises(Refusal, match="at least one baby"):
            register_newborns(mother=asha, babies=babies, request_key=uuid4(), actor=clara, at=NOON)


def test_a_long_and_a_biting_name_are_only_names(rims, clara):
    for name in "A" * 120, '"><img src=x onerror=alert(1)>', "=1+1":
        (birth,) = bear(make_patient(rims, name, name), clara)
        assert len(birth.baby.name) <= 120
        assert birth.baby.name.startswith(f"Baby of {name}"[:120])


def test_it_works_with_the_applications_own_rights(asha, clara, as_application):
    assert len(bear(asha, clara, GIRL, BOY)) == 2


@pytest.mark.django_db(transaction=True)
def test_two_nurses_who_register_one_child_register_it_once(rims, asha):
    nurses = [make_nurse(f"n{n}", rims) for n in range(8)]

    outcomes = all_at_once([partial(bear, asha, nurse) for nurse in nurses])
    assert sum(isinstance(one, Refusal) for one in outcomes) == 7
    assert Birth.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_click_ten_times_is_one_delivery(asha, clara):
    all_at_once([partial(bear, asha, clara, GIRL, BOY, key=uuid4())] * 10)

    assert Birth.objects.count() == RelatedPerson.objects.count() == 2


# ── A slip of the pen ──

HEAVIER = Newborn(Sex.MALE, GIRL.born_at - timedelta(hours=1), 3250)


def put_right(birth, nurse, newborn=HEAVIER, why="3250, not 2650", *, key=None):
    said = {"newborn": newborn, "why": why, "rev": birth.rev, "request_key": key or uuid4()}
    return correct_birth(birth=birth, actor=nurse, at=NOON + timedelta(hours=1), **said)


def test_a_slip_of_the_pen_is_put_right_and_what_stood_there_is_kept(asha, clara):
    (birth,) = bear(asha, clara)
    key, day = uuid4(), date(2026, 7, 21)
    yesterday = replace(HEAVIER, born_at=GIRL.born_at - timedelta(days=1))

    held, _again = (put_right(birth, clara, yesterday, key=key) for _twice in range(2))

    assert (held.born_at, held.weight_grams, held.number) == (yesterday.born_at, 3250, birth.number)
    baby = Patient.objects.get(pk=birth.baby_id)
    assert (baby.sex, baby.birth_date) == ("male", day)
    before = held.replaced_versions.get()
    assert (before.born_at, before.weight_grams) == (GIRL.born_at, 2650)
    assert AuditEntry.objects.get(name="patients.birth_corrected").patient_id == baby.pk


def test_what_a_birth_cannot_be(asha, clara, bose):
    (birth,) = bear(asha, clara)
    die_at = NOON - timedelta(minutes=5)
    contact = make_encounter(birth.baby, make_department(birth.facility))
    with transaction.atomic():
        note_death(contact, die_at, actor=bose, at=NOON)
    for newborn, why, words in (
        (GIRL, "x", "stands like this already"),
        (HEAVIER, "", "Say why"),
        (replace(GIRL, born_at=NOON - timedelta(days=29)), "x", "28 days"),
        (replace(GIRL, born_at=NOON), "x", "died before"),
        (replace(GIRL, weight_grams=90), "x", "between 300 and 7000"),
    ):
        with pytest.raises(Refusal, match=words):
            put_right(birth, clara, newborn, why)
    put_right(birth, clara)
    with pytest.raises(Refusal, match="Somebody else changed"):
        put_right(birth, clara, GIRL)


def test_the_page_puts_right_what_was_typed(client, asha, clara):
    (birth,) = bear(asha, clara)
    client.force_login(clara)
    page = reverse("patients:birth_edit", args=[birth.pk])
    assert page in client.get(reverse("patients:newborn_new", args=[asha.pk])).text
    assert "22-07-2026 11:40" in client.get(page).text
    said = {"sex": "female", "born_at": "22-07-2026 11:40", "weight": "3250", "rev": birth.rev}
    said |= {"request_key": uuid4()}
    assert client.post(page, said).status_code == 422
    assert client.post(page, said | {"why": "3250, not 2650"}).status_code == 303
    birth.refresh_from_db()
    assert (birth.weight_grams, birth.born_at) == (3250, GIRL.born_at)
