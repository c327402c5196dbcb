"""People who are logged in."""

from django.test import Client
from django.utils import timezone


def signed_in(person) -> Client:
    """A browser of this person whose requests do not note when it was last seen.

    That is written once a minute; where each step is undone, it would be written at every step of the next.
    """
    client = Client()
    client.force_login(person)
    session = client.session
    session["seen"] = timezone.now().timestamp() + 3600
    session.save()
    return client
