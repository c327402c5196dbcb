"""What must be so before the hospital opens to people: asked by the web, the worker and the timetable."""

import os
import sys

from django.contrib.auth.hashers import check_password
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection

from facilities.models import User
from hmis.demo import staff
from hmis.kernel import checks
from hmis.supervisor import DEMO_PASSWORD


def refuse_unsafe_or_end() -> None:
    """Ends this process with one sentence where the hospital would open unsafe."""
    try:
        refuse_unsafe()
    except (ImproperlyConfigured, DatabaseError) as error:
        print(f"The hospital does not open: {str(error).strip()}", file=sys.stderr, flush=True)
        sys.exit(1)
    finally:
        connection.close()  # what is forked from here must not share a line


def refuse_unsafe() -> None:
    """Refuses a server that may lose commits, a role that may too much, a wall with a gap, the demo's people.

    A database that does not answer refuses too, by its own error: nothing is known of it.
    """
    if os.environ.get("DATABASE_OWNER_URL") or os.environ.get("DATABASE_OWNER_URL_FILE"):
        raise ImproperlyConfigured("The web and the worker must not be given DATABASE_OWNER_URL.")
    wrong = [*checks.durable(databases=["default"]), *checks.least_privilege(), *checks.walled()]
    if wrong:
        raise ImproperlyConfigured(" ".join(str(error.msg) for error in wrong))
    refuse_demo()


def refuse_demo() -> None:
    """Refuses people of the demo whose password is still the public one."""
    known = User.objects.filter(username__in=staff.usernames(), is_active=True).order_by("username")
    for person in known:
        if check_password(DEMO_PASSWORD, person.password):
            raise ImproperlyConfigured(
                f"{person.username} has the demo's public password: this is a demo's database, or was one."
            )
