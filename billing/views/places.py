"""Whose money a page is about."""

from django.http import HttpRequest

from facilities.models import Facility


def hospitals_of(request: HttpRequest) -> list[Facility]:
    """The hospitals to choose from; none for whoever works at one."""
    posting = request.user.posting
    if posting is None or posting.facility_id:
        return []
    return list(Facility.objects.visible_to(request.user).order_by("name"))


def hospital_of(request: HttpRequest, choices: list[Facility]) -> Facility | None:
    """The hospital where the person works; else the chosen one (?hospital=RIMS), else the first."""
    posting = request.user.posting
    if posting and posting.facility_id:
        facility: Facility = posting.facility
        return facility
    asked = request.GET.get("hospital")
    return next((one for one in choices if one.code == asked), choices[0] if choices else None)
