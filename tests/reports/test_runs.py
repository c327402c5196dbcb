"""Reports made in the background: asked once, made as whoever asked, cancelled, kept, forgotten."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from facilities.roles import Role
from hmis.kernel import facts
from hmis.kernel.errors import Refusal
from hmis.kernel.models import AuditEntry
from reports import kinds, making, permissions, services, tasks
from reports.forms.registers import RegisterDaysForm
from reports.models import ReportRun
from reports.states import RunStatus
from tests.conftest import NOON
from tests.factories.facilities import make_person
from tests.factories.patients import make_encounter

pytestmark = pytest.mark.django_db
JULY = {"begins": "2026-07-01", "ends": "2026-07-31"}
KIND = "opd_register_csv"


@pytest.fixture
def rekha(rims):
    """The records officer."""
    return make_person("Rekha", Role.RECORDS_OFFICER, rims)


@pytest.fixture
def here(client, rekha):
    client.force_login(rekha)
    return client


def ask(actor, *, kind=KIND, key=None, at=NOON, asked=JULY):
    return services.ask_report(kind=kind, asked=asked, request_key=key or uuid4(), actor=actor, at=at)


def now(run):
    return ReportRun.objects.get(pk=run.pk)


@pytest.fixture
def offered(monkeypatch):
    """A kind of the test's own making; what it does is given."""

    def offer(make):
        kind = kinds.ReportKind(
            "trial", "A trial", permissions.VIEW_REGISTERS, RegisterDaysForm, make, "txt", "text/plain", str
        )
        monkeypatch.setitem(kinds.KINDS, "trial", kind)
        # Every sign is written, however soon after the last.
        monkeypatch.setattr(kinds, "BETWEEN_SIGNS", 0.0)

    return offer


def test_a_report_is_asked_made_and_taken(asha, med, here, rekha):
    make_encounter(asha, med, at=NOON)
    sent = here.post(reverse("reports:run_new", args=[KIND]), JULY | {"request_key": uuid4()})
    run = ReportRun.objects.get()
    assert sent.status_code == 303
    assert sent.url == reverse("reports:run_detail", args=[run.pk])
    assert "<progress" in here.get(sent.url).content.decode()

    tasks.make_reports()

    watched = here.get(sent.url, headers={"HX-Request": "true"}).content.decode()
    assert "<progress" not in watched
    assert "<html" not in watched
    file = here.get(reverse("reports:run_file", args=[run.pk]))
    assert asha.name in file.content.decode()
    assert file["Content-Disposition"] == f'attachment; filename="{now(run).filename}"'
    assert [one.name for one in AuditEntry.objects.filter(about_id=run.pk).order_by("pk")] == [
        "reports.report_asked",
        "reports.report_begun",
        "reports.report_made",
        "reports.report_exported",
    ]
    assert now(run).filename in here.get(sent.url).content.decode()
    assert (
        reverse("reports:run_file", args=[run.pk]) in here.get(reverse("reports:run_list")).content.decode()
    )


def test_a_file_is_named_after_its_days(rekha):
    run = ask(rekha)
    making.make_waiting()
    assert now(run).filename == "opd_register_csv-2026-07-01-2026-07-31.csv"


def test_as_xlsx(asha, med, rekha):
    make_encounter(asha, med, at=NOON)
    run = ask(rekha, kind="opd_register_xlsx")
    assert making.make_waiting() == 1
    assert bytes(now(run).content).startswith(b"PK")


def test_asked_twice_it_is_made_once(rekha):
    key = uuid4()
    assert ask(rekha, key=key).pk == ask(rekha, key=key).pk
    assert ReportRun.objects.count() == 1


def test_asked_again_after_midnight_it_is_the_same_report(here):
    form, page = {"begins": "", "ends": "", "request_key": uuid4()}, reverse("reports:run_new", args=[KIND])
    midnight = NOON.replace(hour=0) + timedelta(days=1)
    with time_machine.travel(midnight - timedelta(seconds=2), tick=False) as clock:
        first = here.post(page, form)
        clock.shift(5)
        again = here.post(page, form)

    assert (first.status_code, again.status_code) == (303, 303), again.content.decode()
    assert again.url == first.url
    assert ReportRun.objects.get().asked == {"begins": "2026-07-01", "ends": "2026-07-22"}


def test_a_kind_that_is_not_the_roles_is_refused(clara, hari, rekha):
    for user, kind in ((clara, KIND), (hari, KIND), (rekha, "nothing")):
        with pytest.raises(Refusal, match="role"):
            ask(user, kind=kind)


def test_a_try_at_another_roles_kind_is_written_down(client, ranchi):
    oraon = make_person("Oraon", Role.DISTRICT_ADMIN, ranchi)
    client.force_login(oraon)

    assert client.get(reverse("reports:run_new", args=[KIND])).status_code == 404

    refused = AuditEntry.objects.get(name="kernel.access_refused")
    assert (refused.actor, refused.detail) == (oraon, {"permission": permissions.VIEW_REGISTERS})


def test_who_may_no_more_when_it_is_made_gets_no_report_and_it_is_written_down(rekha, monkeypatch):
    run = ask(rekha)
    monkeypatch.setitem(kinds.KINDS, KIND, replace(kinds.KINDS[KIND], permission="audit.view_audit"))

    making.make_waiting()

    assert now(run).status == RunStatus.FAILED
    refused = AuditEntry.objects.get(name="kernel.access_refused")
    assert (refused.actor, refused.detail) == (rekha, {"permission": "audit.view_audit"})


def test_no_more_than_a_few_at_once(rekha):
    for _ in range(services.runs.MOST_OPEN):
        ask(rekha)
    with pytest.raises(Refusal, match="not ready yet"):
        ask(rekha)


def test_the_page_says_what_is_wrong_and_keeps_what_was_typed(here):
    form = reverse("reports:run_new", args=[KIND])
    assert here.get(form).status_code == 200
    wrong = here.post(form, {"begins": "2026-07-31", "ends": "2026-07-01", "request_key": uuid4()})
    assert wrong.status_code == 422
    assert "2026-07-31" in wrong.content.decode() or "31-07-2026" in wrong.content.decode()
    assert here.get(reverse("reports:run_new", args=["nothing"])).status_code == 404


def test_the_longest_waiting_comes_first(rekha):
    later, sooner = ask(rekha, at=NOON + timedelta(minutes=1)), ask(rekha, at=NOON)
    begun = services.begin_next_report(at=NOON)
    assert begun.pk == sooner.pk
    assert services.begin_next_report(at=NOON).pk == later.pk
    assert services.begin_next_report(at=NOON) is None


def test_the_worker_reads_as_far_as_whoever_asked(asha, med, sgml):
    make_encounter(asha, med, at=NOON)
    run = ask(make_person("Sabita", Role.RECORDS_OFFICER, sgml))
    making.make_waiting()
    assert asha.name not in bytes(now(run).content).decode()


def test_who_works_there_no_more_gets_no_report(rekha):
    run = ask(rekha)
    rekha.posting.ends_on = NOON.date() - timedelta(days=1)
    rekha.posting.save()
    making.make_waiting()
    assert now(run).status == RunStatus.FAILED
    assert "does not work there" in now(run).why


def test_what_breaks_has_failed_and_the_next_is_made(rekha, offered, here):
    def breaks(_making):
        raise ZeroDivisionError

    offered(breaks)
    broken, whole = ask(rekha, kind="trial"), ask(rekha)
    assert making.make_waiting() == 2
    assert (now(broken).status, now(whole).status) == (RunStatus.FAILED, RunStatus.DONE)
    assert "in the log" in here.get(reverse("reports:run_detail", args=[broken.pk])).content.decode()
    assert here.get(reverse("reports:run_file", args=[broken.pk])).status_code == 404


def test_progress_is_seen_while_it_is_made(rekha, offered, here):
    seen = []

    def make(making):
        making.tell(30, 100)
        seen.append(here.get(reverse("reports:run_detail", args=[run.pk])).content.decode())
        return b"made"

    offered(make)
    run = ask(rekha, kind="trial")
    making.make_waiting()
    assert 'value="30"' in seen[0]
    assert now(run).progress == 100


def test_a_cancelled_report_stops_at_the_next_sign(rekha, offered):
    def make(making):
        services.cancel_report(run=run, actor=rekha, at=NOON)
        making.tell(1, 2)
        raise AssertionError("It went on.")

    offered(make)
    run = ask(rekha, kind="trial")
    making.make_waiting()
    assert now(run).status == RunStatus.CANCELLED
    assert now(run).content is None


def test_cancelled_after_the_last_sign_it_keeps_no_file(rekha, offered):
    def make(_making):
        services.cancel_report(run=run, actor=rekha, at=NOON)
        return b"made"

    offered(make)
    run = ask(rekha, kind="trial")
    making.make_waiting()
    assert (now(run).status, now(run).size) == (RunStatus.CANCELLED, 0)


def test_cancelling_by_the_button(rekha, here):
    run = ask(rekha)
    button = reverse("reports:run_cancel_new", args=[run.pk])
    assert here.get(button).status_code == 405
    assert here.post(button).status_code == 303
    assert now(run).status == RunStatus.CANCELLED
    assert here.post(button, follow=True).status_code == 200  # refused in words
    assert making.make_waiting() == 0


def test_a_lost_worker_gives_it_back_and_at_last_it_has_failed(rekha):
    run, at = ask(rekha), NOON
    for _ in range(services.runs.MOST_TRIES):
        assert services.begin_next_report(at=at).pk == run.pk
        assert services.take_back_lost_reports(at=at) == 0
        at += services.runs.SILENCE + timedelta(seconds=1)
        assert services.take_back_lost_reports(at=at) == 1
    assert now(run).status == RunStatus.FAILED


def test_who_was_thought_lost_keeps_nothing(rekha):
    ask(rekha)
    slow = services.begin_next_report(at=NOON)
    services.take_back_lost_reports(at=NOON + timedelta(hours=1))
    services.begin_next_report(at=NOON + timedelta(hours=1))
    finished = services.finish_report(
        run=slow, content=b"late", filename="late.txt", kept=timedelta(days=1), at=NOON
    )
    assert finished is None
    assert not services.note_progress(run=slow, percent=50, at=NOON)


def test_the_file_goes_and_the_line_stays(rekha, here):
    run = ask(rekha)
    making.make_waiting()
    assert services.forget_report_files(at=NOON) == 0
    gone = now(run).ended_at + timedelta(days=31)
    assert services.forget_report_files(at=gone) == 1
    assert now(run).content is None
    assert here.get(reverse("reports:run_file", args=[run.pk])).status_code == 404
    assert "kept no more" in here.get(reverse("reports:run_list")).content.decode()
    assert services.forget_report_files(at=gone) == 0


def test_a_stranger_and_another_role_find_no_report(rekha, sgml, ranchi, indu, client):
    run = ask(rekha)
    making.make_waiting()
    others = [
        make_person("Sabita", Role.RECORDS_OFFICER, sgml),
        make_person("Oraon", Role.DISTRICT_ADMIN, ranchi),
        indu,
    ]
    for user in others:
        client.force_login(user)
        for name in ("run_detail", "run_file"):
            assert client.get(reverse(f"reports:{name}", args=[run.pk])).status_code == 404
        assert client.post(reverse("reports:run_cancel_new", args=[run.pk])).status_code == 404
        assert str(run.pk) not in client.get(reverse("reports:run_list")).content.decode()


def test_reports_of_a_district_and_the_state(ranchi, gumla, hari, indu, rekha, offered):
    """Each place sees its own alone: two tables masked apart would tell what each hides."""
    oraon = make_person("Oraon", Role.DISTRICT_ADMIN, ranchi)

    def run_of(user):
        posting = user.posting
        place = {"facility_id": posting.facility_id, "district_id": posting.district_id}
        return ReportRun.objects.create(kind="x", asked_by=user, posting=posting, asked_at=NOON, **place)

    of_ranchi, of_state, of_rims = run_of(oraon), run_of(indu), run_of(rekha)

    def seen(user):
        return set(ReportRun.objects.visible_to(user))

    assert seen(oraon) == {of_ranchi}
    assert seen(hari) == set()
    assert seen(indu) == {of_state}
    assert seen(rekha) == {of_rims}


def test_somebody_who_asks_rings_for_the_worker(rekha, monkeypatch, django_capture_on_commit_callbacks):
    rung = []
    monkeypatch.setattr("hmis.kernel.bell.ring", lambda task="kernel.sweep": rung.append(task))
    with django_capture_on_commit_callbacks(execute=True):
        ask(rekha)
        facts.sweep()
    assert "reports.make_reports" in rung


def test_the_file_is_forgotten_by_the_timetable(rekha):
    assert tasks.forget_files() == 0
