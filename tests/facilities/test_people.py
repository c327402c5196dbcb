"""People: all that they may do comes from where and as what they work today."""

from datetime import date, timedelta

import pytest
from django.utils import timezone, translation

from facilities.models import Posting, User
from facilities.roles import ROLES, Reach, Role, may_be_given_by
from tests.factories.facilities import PASSWORD, post


def fresh(user):
    return User.objects.get(pk=user.pk)


@pytest.mark.parametrize("role", Role)
def test_every_role_stands_in_the_table(role):
    assert ROLES[role].permissions
    assert ROLES[role].reach in Reach


def test_only_who_keeps_the_till_takes_money():
    takers = {role for role, duties in ROLES.items() if "billing.take_payment" in duties.permissions}

    assert takers == {Role.CLERK, Role.CASHIER, Role.BILLING_SUPERVISOR}


def test_who_watches_changes_nothing_and_who_administers_changes_no_patient_and_no_bill():
    def changed_by(role):
        return {name for name in ROLES[role].permissions if not name.split(".")[1].startswith("view_")}

    # What the auditor writes is about the audit: reviews of their own, and files taken out.
    assert changed_by(Role.AUDITOR) == {"audit.review_glass", "audit.export_entries", "reports.make_reports"}
    for role in Role.DISTRICT_ADMIN, Role.STATE_ADMIN:
        assert {name for name in changed_by(role) if not name.startswith(("facilities.", "reports."))} <= {
            "billing.manage_schemes",
            "billing.manage_services",
            "patients.manage_content",
            # Which facilities and professionals are in the registries: no patient, no bill.
            "reports.manage_registries",
            "reports.confirm_hpr",
        }


def test_nobody_gives_a_role_that_reaches_further_than_their_own():
    assert Role.STATE_ADMIN not in may_be_given_by(Role.DISTRICT_ADMIN)
    assert {Role.DISTRICT_ADMIN, Role.AUDITOR} & set(may_be_given_by(Role.FACILITY_ADMIN)) == set()
    assert set(may_be_given_by(Role.STATE_ADMIN)) == set(Role)


def test_a_person_works_in_the_first_posting_until_another_is_chosen(dev, sgml):
    second = post(dev, Role.CLERK, facility=sgml)

    assert dev.posting.facility.code == "RIMS"
    assert dev.work_as(str(second.pk))
    assert (dev.posting.facility, dev.may("opd.register_visit")) == (sgml, True)


def test_the_facilitys_code_chooses_the_posting_too(dev, sgml):
    post(dev, Role.CLERK, facility=sgml)

    assert dev.work_as(code="SGML")
    assert dev.posting.facility == sgml


def test_nobody_works_in_anothers_posting(dev, farid):
    assert not dev.work_as(str(farid.posting.pk))
    assert not dev.work_as(code="SGML")
    assert dev.posting.facility.code == "RIMS"


def test_a_missing_code_chooses_nothing(indu):
    assert not indu.work_as(code="")
    assert indu.posting.role == Role.STATE_ADMIN


@pytest.mark.parametrize(("ends_in", "works"), [(-1, False), (0, True), (1, True)])
def test_a_posting_holds_through_its_last_day(dev, ends_in, works):
    ends_on = timezone.localdate() + timedelta(days=ends_in)
    Posting.objects.filter(user=dev).update(ends_on=ends_on)

    assert (fresh(dev).posting is not None) == works


@pytest.mark.parametrize(("starts_in", "works"), [(-1, True), (0, True), (1, False)])
def test_a_posting_holds_from_its_first_day(dev, starts_in, works):
    starts_on = timezone.localdate() + timedelta(days=starts_in)
    Posting.objects.filter(user=dev).update(starts_on=starts_on)

    assert fresh(dev).may("billing.take_payment") == works


def test_without_a_posting_nothing_is_allowed(db):
    guest = User.objects.create_user("guest", PASSWORD, name="Guest")

    assert guest.posting is None
    assert not guest.may("facilities.view_places")


@pytest.mark.usefixtures("reads_anew")
def test_a_posting_is_looked_up_once_in_a_request(dev, django_assert_num_queries):
    person = fresh(dev)
    with django_assert_num_queries(2):  # the postings, and the hospitals, which a process remembers
        for _ in range(3):
            person.may("billing.take_payment")
            str(person.posting.facility.district)


def test_a_name_is_said_in_the_readers_language(dev):
    dev.name_hi = "देव"
    with translation.override("hi"):
        assert str(dev) == "देव"
    assert str(dev) == "Dev"


def test_a_posting_is_said_with_its_place(dev, hari, indu):
    said = [str(person.posting) for person in (dev, hari, indu)]

    assert said == [
        "cashier · RIMS Ranchi",
        "district administrator · Gumla",
        "state administrator · Jharkhand",
    ]


def test_every_change_of_a_posting_is_kept(dev):
    Posting.objects.filter(user=dev).update(ends_on=date(2030, 1, 1))

    assert [event.pgh_label for event in dev.posting.history_events.order_by("pgh_created_at", "pgh_id")] == [
        "insert",
        "update",
    ]


def test_somebodys_names_and_the_places_around_are_words_that_others_try_first(dev, hari, indu, gumla):
    assert {"Dev", "RIMS", "RIMS Ranchi", "रिम्स राँची", "Gumla", "गुमला"} <= set(dev.easy_words)
    assert {"Hari", "Gumla"} <= set(hari.easy_words)
    assert {"Indu", "Jharkhand"} <= set(indu.easy_words)
