"""The page of seals: whether they hold, and what is taken outside."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from audit.services import prove_seals
from audit.tasks import prove
from hmis.kernel import seals
from hmis.kernel.models import AuditEntry, AuditSeal
from tests.audit.conftest import browser_of
from tests.factories.audit import make_entry
from tests.kernel.test_seals import tamper

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def chain(dev):
    """Twelve seals of two entries each."""
    for _ in range(12):
        make_entry("patients.patient_viewed", dev, at=timezone.now())
        make_entry("patients.patient_viewed", dev, at=timezone.now())
        seals.seal(at=timezone.now())
    return list(AuditSeal.objects.order_by("number"))


def page(client, **asked):
    answer = client.get(reverse("audit:seal_list"), asked)
    assert answer.status_code == 200
    return answer.text


def test_the_page_shows_the_newest_seals_and_that_they_hold(prem, chain):
    text = page(browser_of(prem))

    assert text.count("holds") == 10
    assert seals.line_of(chain[-1]) in text
    assert "121/12" in text
    assert ">121/2<" not in text
    following = re.search(r'rel="next" href="\?node=121&amp;before=(\d+)"', text)
    assert following[1] == "3"
    older = page(browser_of(prem), node=121, before=3)
    assert ">121/2<" in older
    assert older.count("holds") == 2


def test_a_seal_that_does_not_hold_is_shown_with_its_row(prem, chain):
    row = chain[-2].ids[1]
    tamper("UPDATE kernel_auditentry SET name = 'x' WHERE id = %s", row)
    text = page(browser_of(prem))

    assert text.count("does not hold") == 1
    assert f"Audit row {row} was changed after seal 121/11." in text


def test_the_oldest_seal_of_a_page_is_held_to_the_one_before_it(prem, chain):
    tamper("DELETE FROM kernel_auditseal WHERE number = 2")

    assert "Seals before 121/3 are missing: the one before it is 121/1." in page(browser_of(prem))


def test_before_the_first_seal_the_page_says_so(prem):
    assert "Nothing is sealed yet." in page(browser_of(prem))


def test_the_page_takes_few_questions(prem, chain, django_assert_max_num_queries):
    client = browser_of(prem)
    with django_assert_max_num_queries(30):
        page(client)


@pytest.mark.parametrize("asked", [{"node": "x"}, {"node": "999"}, {"before": "-1"}, {"before": "9" * 40}])
def test_a_chain_that_is_none_is_not_there(prem, chain, asked):
    assert browser_of(prem).get(reverse("audit:seal_list"), asked).status_code == 404


def test_a_seal_is_printed_with_its_line_and_that_is_an_entry(prem, chain):
    answer = browser_of(prem).get(reverse("audit:seal_paper", args=[chain[3].pk]))

    assert answer.content.startswith(b"%PDF-")
    entry = AuditEntry.objects.get(name="audit.seal_printed")
    assert (entry.about_id, entry.actor, entry.detail) == (chain[3].pk, prem, {"number": 4})


def test_each_days_last_seal_is_exported_as_a_line(prem, chain):
    answer = browser_of(prem).post(reverse("audit:seal_export_new"))

    assert answer.text == seals.line_of(chain[-1]) + "\n"
    assert AuditEntry.objects.get(name="audit.seals_exported").detail == {"rows": 1}


def test_a_line_from_outside_is_held_to_the_chain(prem, chain):
    client, url = browser_of(prem), reverse("audit:noted_seal_new")
    line = seals.line_of(chain[5])

    stands = client.post(url, {"line": f"  {line} "})
    assert (stands.status_code, "It stands" in stands.text) == (200, True)
    other = client.post(url, {"line": line.replace("121/6", "121/7")})
    assert (other.status_code, "not the one that was noted down" in other.text) == (422, True)
    hostile = client.post(url, {"line": '"><img src=x onerror=alert(1)>'})
    assert (hostile.status_code, "<img" in hostile.text) == (422, False)


# ── Each night ──


def test_each_night_all_seals_are_proved_and_the_page_says_when(prem, chain, settings):
    assert "Not proved yet." in page(browser_of(prem))
    assert prove() == 0

    assert settings.CELERY_BEAT_SCHEDULE["prove"]["task"] == "audit.prove"
    entry = AuditEntry.objects.get(name="audit.seals_proved")
    assert (entry.actor, entry.detail) == (None, {"number": 12, "faults": 0, "broken": []})
    assert "Not proved yet." not in page(browser_of(prem))


def test_what_does_not_hold_is_kept_and_said_in_the_log(prem, chain, caplog):
    row = chain[0].ids[0]
    tamper("DELETE FROM kernel_auditentry WHERE id = %s", row)
    assert prove() == 1

    entry = AuditEntry.objects.get(name="audit.seals_proved")
    assert (entry.detail["faults"], entry.detail["broken"]) == (1, [str(row)])
    assert "not as they were sealed" in caplog.text
    assert "1 fault" in page(browser_of(prem))


def test_nothing_is_written_of_a_chain_that_has_not_begun(db):
    assert prove_seals(at=timezone.now()) == 0
    assert not AuditEntry.objects.exists()
