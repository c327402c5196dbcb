"""What is done with places and people."""

from facilities.services.imports import (
    confirm_import,
    give_passwords,
    prepare_import,
)
from facilities.services.logins import (
    TooManyTries,
    choose_language,
    choose_password,
    end_other_sessions,
    end_session,
    let_in,
    note_login,
)
from facilities.services.people import (
    GivenPassword,
    add_person,
    add_posting,
    change_posting,
    disable_person,
    edit_person,
    enable_person,
    reset_password,
)
from facilities.services.places import (
    add_department,
    add_facility,
    add_room,
    add_unit,
    edit_department,
    edit_facility,
    edit_room,
    edit_unit,
    place_department,
    set_small_facility,
)

__all__ = [
    "GivenPassword",
    "TooManyTries",
    "add_department",
    "add_facility",
    "add_person",
    "add_posting",
    "add_room",
    "add_unit",
    "change_posting",
    "choose_language",
    "choose_password",
    "confirm_import",
    "disable_person",
    "edit_department",
    "edit_facility",
    "edit_person",
    "edit_room",
    "edit_unit",
    "enable_person",
    "end_other_sessions",
    "end_session",
    "give_passwords",
    "let_in",
    "note_login",
    "place_department",
    "prepare_import",
    "reset_password",
    "set_small_facility",
]
