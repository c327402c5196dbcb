"""The sections of notes for each department, as the code's own list states them."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from hmis.kernel.ids import uuid_everywhere
from patients.models import NoteTemplate
from patients.sections import sound_layout

TEMPLATES = Path(__file__).parents[2] / "data" / "note_templates.json"


class Command(BaseCommand):
    """Adds what is missing. A template that exists in any version is never touched: from then on it is edited
    in the product."""

    help = "Load the templates of notes. Run again, it adds what is missing."
    requires_system_checks = ()

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        held = set(NoteTemplate.objects.values_list("code", flat=True))
        rows = [row for row in json.loads(TEMPLATES.read_text("utf-8")) if row["code"] not in held]
        for row in rows:
            sound_layout(row["layout"])
        NoteTemplate.objects.bulk_create(
            NoteTemplate(id=uuid_everywhere("patients.notetemplate", row["code"]), version=1, **row)
            for row in rows
        )
        if options["verbosity"]:
            self.stdout.write(f"{len(rows)} templates of notes added.")
