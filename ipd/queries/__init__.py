"""What wards ask: who lies where, since when, under whom."""

from ipd.queries.board import (
    Board,
    Fill,
    Tile,
    admission_here,
    board_of,
    count_places,
    fills,
    fills_seal,
    latest_warnings,
    named,
    place_name,
    seal_of,
    unanswered_warnings,
    wards_here,
)
from ipd.queries.finding import Offer, districts_between, find_beds, free_in_state
from ipd.queries.places import beds_to_offer, price_of, rooms_of, wards_with_beds
from ipd.queries.stays import Admitted, admitted, cradled, is_begun, setting, stay, stay_now, team_now

__all__ = [
    "Admitted",
    "Board",
    "Fill",
    "Offer",
    "Tile",
    "admission_here",
    "admitted",
    "beds_to_offer",
    "board_of",
    "count_places",
    "cradled",
    "districts_between",
    "fills",
    "fills_seal",
    "find_beds",
    "free_in_state",
    "is_begun",
    "latest_warnings",
    "named",
    "place_name",
    "price_of",
    "rooms_of",
    "seal_of",
    "setting",
    "stay",
    "stay_now",
    "team_now",
    "unanswered_warnings",
    "wards_here",
    "wards_with_beds",
]
