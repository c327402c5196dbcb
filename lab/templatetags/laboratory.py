"""Filters of every page that shows what a laboratory takes and finds: rows hold English."""

from django import template

from lab import choices, tubes

register = template.Library()


@register.filter
def tube(text: str | None) -> str:
    """A specimen, a container or a volume."""
    return tubes.shown(text or "")


@register.filter
def result(value: str | None) -> str:
    """A result: a chosen word in the reader's language, everything else as it stands."""
    return choices.shown(value or "")
