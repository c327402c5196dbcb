"""What the reports write: counts that are kept, and what was found out across the apps."""

from reports.services.proving import prove_rules
from reports.services.registries import (
    add_entry,
    edit_entry,
    enter_hospitals,
    move_entry,
    note_registry_exported,
)
from reports.services.registry_sheets import confirm_registry_import, prepare_registry_import

__all__ = [
    "add_entry",
    "confirm_registry_import",
    "edit_entry",
    "enter_hospitals",
    "move_entry",
    "note_registry_exported",
    "prepare_registry_import",
    "prove_rules",
]
