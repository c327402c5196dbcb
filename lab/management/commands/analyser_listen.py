"""`manage.py analyser_listen`: take results of analysers over TCP (docs/analysers.md)."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from lab.management.listener import IDLE_SECONDS, PAUSE_SECONDS, Listener
from lab.wire.lines import LONGEST_FRAME


class Command(BaseCommand):
    help = "Takes results of analysers, HL7 by MLLP and ASTM alike, until it is stopped."
    requires_system_checks = ()  # they would load every page: the instruments wait for its return

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=settings.ANALYSER_HOST, help="the address to listen on")
        parser.add_argument(
            "--port",
            type=int,
            action="append",
            dest="ports",
            help="a port to listen on; also several",
        )
        parser.add_argument(
            "--longest-frame",
            type=int,
            default=LONGEST_FRAME,
            help="characters of an ASTM frame: 240 by E1381-95, 63993 by LIS1-A2",
        )
        parser.add_argument(
            "--pause", type=float, default=PAUSE_SECONDS, help="seconds that a sender may pause in a message"
        )
        parser.add_argument(
            "--idle", type=float, default=IDLE_SECONDS, help="seconds that a connection may be silent"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        ports = options["ports"] or settings.ANALYSER_PORTS
        if not ports:
            raise CommandError("Say on which ports: --port or ANALYSER_PORTS.")
        listener = Listener(
            options["host"],
            ports,
            longest_frame=options["longest_frame"],
            pause=options["pause"],
            idle=options["idle"],
            alive=Path(settings.ALIVE_FILE).touch if settings.ALIVE_FILE else lambda: None,
        )
        try:
            listener.run()
        except OSError as error:
            raise CommandError(f"{options['host']}: {error.strerror}") from None
