"""What may be done with places and people."""

VIEW_PLACES = "facilities.view_places"
