"""Administration of people: nobody gives more than they have, or changes their own."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from knox.models import AuthToken
from rest_framework.test import APIClient

from facilities.models import Posting, User, WhyDisabled, WhyReset
from facilities.permissions import looks_after
from facilities.queries import StaffFilter, staff
from facilities.roles import Role
from facilities.services import (
    GivenPassword,
    add_person,
    add_posting,
    change_posting,
    choose_password,
    disable_person,
    edit_person,
    enable_person,
    let_in,
    reset_password,
)
from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.history import changes_of, version_of
from hmis.kernel.models import AuditEntry, LoginSession
from tests.factories.facilities import PASSWORD, make_department, make_person, post
from tests.factories.parallel import all_at_once

OWN = "three words together"


@pytest.fixture
def alok(rims):
    """The administrator of RIMS."""
    return make_person("Alok", Role.FACILITY_ADMIN, rims)


def now():
    return timezone.now()


def add(actor, place, role=Role.NURSE, **changes):
    details = {"username": "mina.rims", "name": "Mina Kujur", "name_hi": "मीना कुजूर"}
    duty = {"role": role, "starts_on": timezone.localdate(), **place}
    key = changes.pop("request_key", None) or uuid4()
    return add_person(details=details | changes, posting=duty, request_key=key, actor=actor, at=now())


def log_in(client, username, password):
    return client.post("/login/", {"username": username, "password": password})


# ── Added ──


def test_a_new_person_has_a_duty_and_a_password_for_one_use(rims, alok):
    given = add(alok, {"facility": rims})

    person = User.objects.get(username="mina.rims")
    assert person.must_choose_password
    assert person.check_password(given.password)
    assert person.posting.role == Role.NURSE
    assert given.password not in str(AuditEntry.objects.get().detail)


def test_sent_twice_it_is_one_person_and_the_same_password(rims, alok):
    key = uuid4()
    first, second = (add(alok, {"facility": rims}, request_key=key) for _ in range(2))

    assert first.password == second.password
    assert (
        User.objects.filter(username="mina.rims").count() == Posting.objects.filter(role="nurse").count() == 1
    )


def test_once_a_password_is_chosen_the_first_is_not_shown_again(rims, alok):
    key = uuid4()
    given = add(alok, {"facility": rims}, request_key=key)
    choose_password(actor=given.person, password=OWN, keep=None, at=now())

    assert add(alok, {"facility": rims}, request_key=key).password == ""


def test_the_same_key_with_another_name_is_refused(rims, alok):
    key = uuid4()
    add(alok, {"facility": rims}, request_key=key)

    with pytest.raises(KeyReused):
        add(alok, {"facility": rims}, request_key=key, name="Somebody Else")


def test_a_taken_user_name_is_said_in_words(rims, alok, dev):
    with pytest.raises(Refusal, match="Somebody has this user name already"):
        add(alok, {"facility": rims}, username=dev.username)


@pytest.mark.django_db(transaction=True)
def test_two_who_add_one_user_name_at_once_add_one_person(rims, alok):
    outcomes = all_at_once([partial(add, alok, {"facility": rims}) for _ in range(6)])

    assert sum(isinstance(one, GivenPassword) for one in outcomes) == 1
    assert sum(isinstance(one, Refusal) for one in outcomes) == 5


# ── Reach ──


@pytest.mark.parametrize("role", [Role.DISTRICT_ADMIN, Role.STATE_ADMIN, Role.AUDITOR])
def test_a_hospitals_administrator_makes_no_administrator_above(rims, ranchi, alok, role):
    with pytest.raises(Refusal, match="reaches further than yours"):
        add(alok, {"district": ranchi}, role=role)
    assert not User.objects.filter(username="mina.rims").exists()


def test_nor_somebody_at_another_hospital(sgml, alok):
    with pytest.raises(Refusal, match="outside your area"):
        add(alok, {"facility": sgml})


def test_a_department_of_another_hospital_is_no_place_here(rims, sgml_med, alok):
    with pytest.raises(Refusal, match="not in this hospital"):
        add(alok, {"facility": rims, "department": sgml_med})


def test_a_district_gives_duties_in_its_own_hospitals_and_district(sgml, gumla, rims, hari):
    assert add(hari, {"facility": sgml}).password
    assert add(hari, {"district": gumla}, role=Role.DISTRICT_ADMIN, username="second.gumla").password
    for place in ({"facility": rims}, {"district": rims.district}):
        role = Role.DISTRICT_ADMIN if "district" in place else Role.NURSE
        with pytest.raises(Refusal, match="outside your area"):
            add(hari, place, role=role, username="third")


def test_the_state_gives_every_role(rims, ranchi, indu):
    assert add(indu, {"district": ranchi}, role=Role.DISTRICT_ADMIN).password
    assert add(indu, {"state": indu.posting.state}, role=Role.AUDITOR, username="auditor.two").password


def test_nobody_changes_their_own(rims, alok):
    with pytest.raises(Refusal, match="Nobody changes their own"):
        add_posting(
            person=alok,
            details={"role": Role.CASHIER, "facility": rims, "starts_on": timezone.localdate()},
            request_key=uuid4(),
            actor=alok,
            at=now(),
        )
    with pytest.raises(Refusal, match="Nobody changes their own"):
        change_posting(posting=alok.posting, details={"counter": "1"}, rev=0, actor=alok, at=now())
    with pytest.raises(Refusal, match="Nobody changes their own"):
        reset_password(person=alok, because=WhyReset.FORGOTTEN, request_key=uuid4(), actor=alok, at=now())
    with pytest.raises(Refusal, match="Nobody changes their own"):
        disable_person(person=alok, because=WhyDisabled.LEFT, actor=alok, at=now())
    with pytest.raises(Refusal, match="Nobody changes their own"):
        edit_person(person=alok, details={"name": "A"}, version=1, actor=alok, at=now())


def test_who_also_works_elsewhere_is_not_given_a_password_here(rims, sgml, alok, hari, indu, bose):
    post(bose, Role.DOCTOR, facility=sgml)

    assert not looks_after(alok, bose)
    assert not looks_after(hari, bose)
    assert looks_after(indu, bose)
    for act in (
        partial(reset_password, because=WhyReset.FORGOTTEN, request_key=uuid4()),
        partial(disable_person, because=WhyDisabled.LEFT),
        partial(edit_person, details={"name": "X"}, version=version_of(bose)),
    ):
        with pytest.raises(Refusal, match="outside your area"):
            act(person=bose, actor=alok, at=now())


def test_nor_who_will_work_above_from_tomorrow(rims, alok, dev, indu):
    tomorrow = timezone.localdate() + timedelta(days=1)
    Posting.objects.create(user=dev, role=Role.STATE_ADMIN, state=indu.posting.state, starts_on=tomorrow)

    assert not looks_after(alok, dev)


# ── Duties ──


def test_a_duty_is_added_once_and_ended(rims, alok, dev):
    duty = {"role": Role.CLERK, "facility": rims, "starts_on": timezone.localdate()}
    made = add_posting(person=dev, details=duty, request_key=uuid4(), actor=alok, at=now())
    with pytest.raises(Refusal, match="has this duty there already"):
        add_posting(person=dev, details=duty, request_key=uuid4(), actor=alok, at=now())

    change_posting(posting=made, details={"ends_on": made.starts_on}, rev=0, actor=alok, at=now())
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        assert [one.role for one in User.objects.get(pk=dev.pk).current_postings] == [Role.CASHIER]


def test_a_duty_sent_twice_is_one(rims, alok, dev):
    duty = {"role": Role.CLERK, "facility": rims, "starts_on": timezone.localdate()}
    ask = partial(add_posting, person=dev, details=duty, request_key=uuid4(), actor=alok, at=now())

    assert ask() == ask()
    assert dev.postings.count() == 2


def test_who_saves_second_is_told_of_the_first_and_nothing_is_lost(alok, dev):
    put_right = partial(edit_person, person=dev, version=version_of(dev), actor=alok, at=now())
    move = partial(change_posting, posting=dev.posting, rev=dev.posting.rev, actor=alok, at=now())
    put_right(details={"name": "Dev Prasad"})
    move(details={"counter": "4"})

    with pytest.raises(Refusal, match="Somebody else changed this meanwhile"):
        put_right(details={"name": "Deo"})
    with pytest.raises(Refusal, match="Somebody else changed this meanwhile"):
        move(details={"counter": "5"})
    dev.refresh_from_db()
    assert (dev.name, dev.postings.get().counter) == ("Dev Prasad", "4")


def test_saving_what_stands_there_already_is_no_fact(alok, dev):
    edit_person(person=dev, details={"name": dev.name}, version=version_of(dev), actor=alok, at=now())
    change_posting(posting=dev.posting, details={"counter": ""}, rev=0, actor=alok, at=now())

    assert not AuditEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_ten_who_add_one_duty_at_once_add_one(rims, alok, dev):
    duty = {"role": Role.CLERK, "facility": rims, "starts_on": timezone.localdate()}
    acts = [
        partial(add_posting, person=dev, details=duty, request_key=uuid4(), actor=alok, at=now())
        for _ in range(10)
    ]
    outcomes = [type(one) for one in all_at_once(acts)]

    assert (outcomes.count(Posting), outcomes.count(Refusal)) == (1, 9)


def test_a_duty_beyond_reach_is_not_there_to_be_ended(client, alok, farid):
    client.force_login(alok)

    assert client.get(reverse("facilities:posting_edit", args=[farid.posting.pk])).status_code == 404


# ── First login ──


@pytest.fixture
def mina(rims, alok):
    """A nurse who has not come yet, and the password on her slip of paper."""
    given = add(alok, {"facility": rims}, username="mina.rims")
    return given.person, given.password


@pytest.mark.parametrize(
    "as_typed", [str, str.upper, lambda one: one.replace("-", ""), lambda one: f" {one} "]
)
def test_the_paper_is_typed_as_it_comes(client, mina, as_typed):
    assert log_in(client, "mina.rims", as_typed(mina[1])).status_code == 302


def test_nothing_else_is_reached_before_the_own_password(client, mina):
    log_in(client, "mina.rims", mina[1])

    for path in ("/", "/posting/", "/opd/queues/", "/patients/", "/sessions/"):
        assert client.get(path).url == "/password/", path
    assert client.post("/posting/", {}).url == "/password/"
    swapped = client.get("/patients/", headers={"HX-Request": "true"})
    assert (swapped.status_code, swapped["HX-Redirect"]) == (204, "/password/")
    assert client.get("/api/v1/facilities/").status_code == 401
    assert client.get("/password/").status_code == 200


def test_the_own_password_opens_everything_and_the_paper_nothing_more(client, mina):
    person, paper = mina
    log_in(client, "mina.rims", paper)
    answer = client.post("/password/", {"password": OWN, "again": OWN, "request_key": uuid4()})

    assert answer.status_code == 303
    assert client.get("/posting/").status_code == 200
    person.refresh_from_db()
    assert (person.must_choose_password, person.check_password(OWN), person.check_password(paper)) == (
        False,
        True,
        False,
    )
    assert person.password.split("$")[0] != "one_time"


@pytest.mark.parametrize(
    ("password", "again", "sentence"),
    [
        ("short", "short", "too short"),
        ("Ranchi@1234", "Ranchi@1234", "easy to guess"),
        ("mina kujur", "mina kujur", "too similar"),
        (OWN, "three words other", "not the same"),
    ],
)
def test_a_weak_password_is_refused_at_its_field(client, mina, password, again, sentence):
    log_in(client, "mina.rims", mina[1])
    User.objects.update(language="en")
    answer = client.post("/password/", {"password": password, "again": again, "request_key": uuid4()})

    assert answer.status_code == 422
    assert sentence in str(answer.context["form"].errors)
    assert User.objects.get(username="mina.rims").must_choose_password


def test_the_paper_itself_is_no_password_of_ones_own(mina):
    person, paper = mina

    with pytest.raises(Refusal, match="the password you have now"):
        choose_password(actor=person, password=paper, keep=None, at=now())


def test_the_paper_runs_out(client, mina):
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        assert log_in(client, "mina.rims", mina[1]).status_code == 422


def test_the_paper_is_guessed_as_seldom_as_a_password(client, mina, settings):
    for _ in range(settings.LOGIN_FAILURES_PER_NAME_AND_ADDRESS):
        log_in(client, "mina.rims", "kxxm-txxe-wxxd")

    assert log_in(client, "mina.rims", mina[1]).status_code == 422


def test_the_api_gives_no_token_for_the_paper(mina):
    anyone = APIClient(HTTP_ACCEPT_LANGUAGE="en")
    answer = anyone.post("/api/v1/auth/token/", {"username": "mina.rims", "password": mina[1]})

    assert answer.status_code == 401
    assert "choose your own password first" in answer.json()["detail"]
    assert not AuthToken.objects.exists()


# ── One's own password, later ──


def test_the_present_password_is_asked_and_the_other_sessions_end(client, dev):
    client.force_login(dev)
    elsewhere = APIClient()
    elsewhere.force_login(dev)
    wrong = {"present": "wrong", "password": OWN, "again": OWN, "request_key": uuid4()}
    assert client.post("/password/", wrong).status_code == 422

    assert client.post("/password/", wrong | {"present": PASSWORD}).status_code == 303
    assert client.get("/posting/").status_code == 200
    assert elsewhere.get("/posting/").url.startswith("/login/")


def test_the_present_password_is_not_guessed_in_an_open_session(client, dev):
    client.force_login(dev)
    for _ in range(6):
        client.post("/password/", {"present": "no", "password": OWN, "again": OWN, "request_key": uuid4()})
    right = {"present": PASSWORD, "password": OWN, "again": OWN, "request_key": uuid4()}

    assert client.post("/password/", right).status_code == 422


def duty(person, actor, place, role=Role.NURSE):
    details = {"role": role, "starts_on": timezone.localdate(), **place}
    return add_posting(person=person, details=details, request_key=uuid4(), actor=actor, at=now())


def test_the_paper_opens_no_place_beyond_whoever_gave_it(client, mina, sgml, alok, indu):
    person, paper = mina
    log_in(client, "mina.rims", paper)
    duty(person, indu, {"facility": sgml})

    answer = client.post("/password/", {"password": OWN, "again": OWN, "request_key": uuid4()})
    assert answer.url.startswith("/login/")
    assert log_in(client, "mina.rims", paper).status_code == 422
    assert not User.objects.get(pk=person.pk).check_password(OWN)
    for actor, sentence in (alok, "administrator gives a new one"), (indu, "Give a new one."):
        client.force_login(actor)
        page = client.get(reverse("facilities:person_detail", args=[person.pk])).content.decode()
        assert sentence in page
    given = reset_password(person=person, because=WhyReset.SEEN, request_key=uuid4(), actor=indu, at=now())
    assert log_in(client, "mina.rims", given.password).status_code == 302


def test_nor_one_that_runs_again(mina, sgml, indu):
    person, paper = mina
    yesterday = timezone.localdate() - timedelta(days=1)
    over = post(person, Role.NURSE, facility=sgml, ends_on=yesterday)
    change_posting(posting=over, details={"ends_on": None}, rev=0, actor=indu, at=now())

    assert not User.objects.get(pk=person.pk).check_password(paper)


def test_the_paper_lasts_where_the_place_is_the_same(mina, rims, alok):
    person, paper = mina
    duty(person, alok, {"facility": rims}, Role.CLERK)

    assert User.objects.get(pk=person.pk).check_password(paper)


def test_a_chosen_password_lasts_wherever_somebody_is_posted(sgml, indu, dev):
    duty(dev, indu, {"facility": sgml}, Role.CASHIER)

    assert User.objects.get(pk=dev.pk).check_password(PASSWORD)


# ── Reset, shut, open ──


def test_a_reset_ends_sessions_and_tokens_and_the_old_password(client, alok, dev):
    client.force_login(dev)
    AuthToken.objects.create(dev)
    given = reset_password(person=dev, because=WhyReset.FORGOTTEN, request_key=uuid4(), actor=alok, at=now())

    assert client.get("/posting/").url.startswith("/login/")
    assert not AuthToken.objects.exists()
    assert log_in(client, dev.username, PASSWORD).status_code == 422
    assert log_in(client, dev.username, given.password).status_code == 302
    assert AuditEntry.objects.filter(name="facilities.password_reset").get().detail == {
        "because": "forgotten"
    }
    assert ("password given anew because", "—", "forgot the password") in changes_of(dev)[0].fields


def test_a_reset_sent_twice_says_the_same_and_an_old_token_is_refused_meanwhile(alok, dev):
    _held, token = AuthToken.objects.create(dev)
    key = uuid4()
    ask = partial(reset_password, person=dev, because=WhyReset.SEEN, request_key=key, actor=alok, at=now())

    assert ask().password == ask().password != ""
    caller = APIClient()
    caller.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    assert caller.get("/api/v1/facilities/").status_code == 401


def test_a_shut_login_ends_everything_at_once_and_nothing_of_the_past(client, alok, dev):
    client.force_login(dev)
    _held, token = AuthToken.objects.create(dev)
    disable_person(person=dev, because=WhyDisabled.LEFT, actor=alok, at=now())

    assert not LoginSession.objects.living(now()).filter(user=dev).exists()
    assert client.get("/posting/").url.startswith("/login/")
    assert client.get("/posting/", headers={"HX-Request": "true"}).status_code == 401
    caller = APIClient()
    caller.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    assert caller.get("/api/v1/facilities/").status_code == 401
    with pytest.raises(Refusal, match="do not match"):
        let_in(username=dev.username, password=PASSWORD, address="10.0.0.5", at=now())
    assert dev.postings.count() == 1


def test_opened_again_the_old_password_works_and_no_old_session(client, alok, dev):
    client.force_login(dev)
    disable_person(person=dev, because=WhyDisabled.LONG_LEAVE, actor=alok, at=now())
    enable_person(person=dev, actor=alok, at=now())

    assert client.get("/posting/").url.startswith("/login/")
    assert log_in(client, dev.username, PASSWORD).status_code == 302


def test_shutting_twice_is_one_fact(alok, dev):
    for _ in range(2):
        disable_person(person=dev, because=WhyDisabled.LEFT, actor=alok, at=now())

    assert AuditEntry.objects.filter(name="facilities.person_disabled").count() == 1


def test_opening_twice_is_one_fact(alok, dev):
    disable_person(person=dev, because=WhyDisabled.LEFT, actor=alok, at=now())
    for _ in range(2):
        enable_person(person=dev, actor=alok, at=now())

    assert AuditEntry.objects.filter(name="facilities.person_enabled").count() == 1


def test_a_shut_login_is_given_no_password(alok, dev):
    disable_person(person=dev, because=WhyDisabled.LEFT, actor=alok, at=now())

    with pytest.raises(Refusal, match="Open it first"):
        reset_password(person=dev, because=WhyReset.FORGOTTEN, request_key=uuid4(), actor=alok, at=now())
    dev.refresh_from_db()
    assert dev.check_password(PASSWORD)


@pytest.mark.django_db(transaction=True)
def test_shut_while_ten_log_in_nobody_is_in(alok, dev, rims):
    def come_in():
        from django.test import Client

        one = Client()
        log_in(one, dev.username, PASSWORD)
        return one

    outcomes = all_at_once(
        [*[come_in] * 9, partial(disable_person, person=dev, because=WhyDisabled.LEFT, actor=alok, at=now())]
    )

    for one in outcomes[:9]:
        assert one.get("/posting/").url.startswith("/login/")


# ── On the screen ──


@pytest.fixture
def at_desk(client, alok):
    client.force_login(alok)
    return client


def test_the_password_is_on_the_answer_and_nowhere_else(at_desk, rims):
    sent = {
        "name": "Mina",
        "username": "mina.rims",
        "role": "nurse",
        "place": f"facility:{rims.pk}",
        "starts_on": "01-07-2026",
        "request_key": uuid4(),
    }
    first, again = (at_desk.post(reverse("facilities:person_new"), sent) for _ in range(2))
    person = User.objects.get(username="mina.rims")
    shown = first.context["password"]

    assert first.status_code == 201
    assert "no-store" in first["Cache-Control"]
    assert shown in first.text
    assert again.context["password"] == shown
    assert shown not in at_desk.get(reverse("facilities:person_detail", args=[person.pk])).text


def test_a_role_above_in_the_body_is_no_choice(at_desk, rims, ranchi):
    sent = {"name": "M", "username": "mina.rims", "starts_on": "01-07-2026", "request_key": uuid4()}
    for role, place in (("state_admin", f"facility:{rims.pk}"), ("nurse", f"district:{ranchi.pk}")):
        answer = at_desk.post(reverse("facilities:person_new"), sent | {"role": role, "place": place})
        assert answer.status_code == 422
    assert not User.objects.filter(username="mina.rims").exists()


def test_the_list_is_narrowed_and_sees_only_its_own(alok, rims, dev, bose, esha, clara):
    med = make_department(rims)
    Posting.objects.filter(user=clara).update(department=med)
    bose.hpr_id = "12345678901234"
    bose.save()
    User.objects.filter(pk=bose.pk).update(last_login=now())

    def names(**wanted):
        return [one.name for one in staff(alok, StaffFilter(**wanted))]

    assert names() == ["Alok", "Bose", "Clara", "Dev"]
    assert names(q="cLA") == ["Clara"]
    assert names(role=Role.DOCTOR) == ["Bose"]
    assert names(department=med) == ["Clara"]
    assert names(state="never") == ["Alok", "Clara", "Dev"]
    assert names(state="no_hpr") == ["Clara"]
    assert names(state="shut") == names(state="left") == []
    Posting.objects.filter(user=dev).update(ends_on=timezone.localdate() - timedelta(days=1))
    assert (names(state="left"), "Dev" in names()) == (["Dev"], False)


def test_a_name_is_searched_for_by_post_and_the_list_alone_comes_back(at_desk, dev):
    path = reverse("facilities:person_list")
    found = at_desk.post(path, {"q": "dev"}, headers={"HX-Request": "true"})

    assert "Dev" in found.text
    assert "Alok" not in found.text
    assert found.text.lstrip().startswith("<section")


def test_the_list_asks_no_more_for_many_than_for_few(at_desk, rims, django_assert_max_num_queries):
    for n in range(60):
        make_person(f"N{n}", Role.NURSE, rims)
    path = reverse("facilities:person_list")

    with django_assert_max_num_queries(14):
        page = at_desk.get(path)
    assert page.context["count"] == 61
    assert len(at_desk.post(path, {"page": "2"}).context["page"].object_list) == 11


def test_who_changed_a_person_is_told_in_words(alok, dev):
    edit_person(person=dev, details={"name": "Devi"}, version=version_of(dev), actor=alok, at=now())

    assert changes_of(User.objects.get(pk=dev.pk))[0].fields == [("name", "Dev", "Devi")]


def test_coming_to_work_is_no_change_of_the_person(client, dev):
    before = version_of(dev)
    log_in(client, dev.username, PASSWORD)

    assert version_of(dev) == before
