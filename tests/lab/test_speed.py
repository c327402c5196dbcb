"""What a keystroke asks of the database, whatever is found."""

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse


def test_a_keystroke_asks_the_same_few_questions_whatever_it_finds(client, bose, encounter, tests):
    client.force_login(bose)
    offers = reverse("lab:offer_list", args=[encounter.pk])
    asked = {}
    for words in "cbc", "x", "xr", "usg, mri", "zzzz":
        with CaptureQueriesContext(connection) as seen:
            assert client.post(offers, {"words": words}).status_code == 200
        asked[words] = len(seen)

    assert max(asked.values()) <= 13, asked
