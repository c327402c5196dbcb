"""A person with a login and a posting: the first administrator of a new site."""

import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from facilities.models import District, Facility, Posting, State, User
from facilities.roles import ROLES, Reach, Role
from hmis.kernel.errors import sentences


class Command(BaseCommand):
    help = "Add a person who may log in, with one posting. The password is asked for."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", required=True)
        parser.add_argument("--name-hi", default="", help="the name in Hindi")
        parser.add_argument("--role", required=True, choices=[role.value for role in Role])
        place = parser.add_mutually_exclusive_group(required=True)
        place.add_argument("--facility", metavar="CODE")
        place.add_argument("--district", metavar="LGD", type=int)
        place.add_argument("--state", metavar="LGD", type=int)
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password's line from stdin"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        where = place_of(options)
        user = User(username=options["username"], name=options["name"], name_hi=options["name_hi"])
        posting = Posting(user=user, role=options["role"], starts_on=timezone.localdate(), **where)
        try:
            user.clean_fields(exclude=["password"])
            user.validate_constraints(exclude=["password"])
            password = read_password(from_stdin=options["password_stdin"])
            validate_password(password, user)
        except ValidationError as error:
            raise CommandError(sentences(error)) from error
        user.set_password(password)
        with transaction.atomic():
            user.save()
            posting.save()
        self.stdout.write(f"{user.username} may log in.")


def place_of(options: dict[str, Any]) -> dict[str, Facility | District | State]:
    """Where the person works, as a Posting's field. Refuses a place unknown or not fit for the role."""
    if options["facility"]:
        found: Any = Facility.objects.filter(code=options["facility"]).first()
        reach = Reach.FACILITY
    elif options["district"]:
        found, reach = District.objects.filter(lgd_code=options["district"]).first(), Reach.DISTRICT
    else:
        found, reach = State.objects.filter(lgd_code=options["state"]).first(), Reach.STATE
    if found is None:
        raise CommandError(f"There is no such {reach.value}.")
    needed = ROLES[options["role"]].reach
    if needed != reach:
        raise CommandError(f"A {options['role']} works for a {needed.value}: name it with --{needed.value}.")
    return {reach.value: found}


def read_password(*, from_stdin: bool) -> str:
    """One line of stdin, or typed twice at the terminal."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass("Password: ")
    if password != getpass("Once more: "):
        raise CommandError("The two passwords differ. Nobody was added.")
    return password
