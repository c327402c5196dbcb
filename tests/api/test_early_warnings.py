"""Warning scores by the API: what waits, and an answer."""

from uuid import uuid4

from ipd.models import EarlyWarning, WarningAnswer
from tests.factories.rounds import CONFUSED, ILL, measure

PATH = "/api/v1/early-warnings/"


def send(client, warning, key=None, **body):
    headers = {"Idempotency-Key": str(key or uuid4())}
    return client.post(f"{PATH}{warning.pk}/answers/", body, format="json", headers=headers)


def test_what_waits_is_listed_and_answered_once(doctor, admission, clara, bose):
    measure(admission, clara, CONFUSED)
    warning, key = EarlyWarning.objects.get(), uuid4()
    listed = doctor.get(PATH, {"admission": admission.pk}).json()["results"]
    assert [(one["id"], one["score"], one["reds"], one["risk"]) for one in listed] == [
        (str(warning.pk), 3, ["consciousness"], "low_medium")
    ]
    first, again = (send(doctor, warning, key, response="seen", told="Dr. Rao") for _ in range(2))
    assert (first.status_code, again.json()) == (201, first.json())
    assert WarningAnswer.objects.get().answered_by == bose
    assert doctor.get(PATH).json()["results"] == []
    assert send(doctor, warning, response="seen").status_code == 422


def test_another_hospitals_score_is_not_there_and_a_clerk_may_not(caller, esha, clerk, admission, clara):
    measure(admission, clara, ILL)
    warning = EarlyWarning.objects.get()
    assert caller(esha).get(PATH).json()["results"] == []
    assert send(caller(esha), warning, response="seen").status_code == 404
    assert clerk.get(PATH).status_code == 403
