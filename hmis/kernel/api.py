"""What every API noun shares: rights, request keys, checked input, pages, RFC 9457 problems."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from io import BytesIO
from typing import IO, Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, SuspiciousOperation, ValidationError
from django.db import DataError
from django.http import Http404, HttpResponseBase, JsonResponse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, serializers, status
from rest_framework.filters import OrderingFilter
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import JSONParser
from rest_framework.permissions import BasePermission
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import exception_handler

from hmis.kernel import requests
from hmis.kernel.access import note_refused
from hmis.kernel.errors import Refusal, sentences
from hmis.kernel.said import within_bounds

PROBLEM = "application/problem+json"
LARGEST_BODY = 64 * 1024


# ── Who may ──


@cache
def needs(permission: str) -> type[BasePermission]:
    """The permission class for a viewset: the caller's role holds `permission`."""

    class Needs(BasePermission):
        message = _("Your role does not include this.")

        def has_permission(self, request: Request, view: Any) -> bool:
            if not (request.user and request.user.is_authenticated):
                return False
            if not request.user.may(permission):
                note_refused(permission, actor=request.user)
                return False
            return True

    Needs.permission = permission  # type: ignore[attr-defined]
    return Needs


def idempotency_key(request: Request) -> UUID:
    """The request's key: sent twice with it, a creating call counts once."""
    return requests.key_from(request.headers.get("Idempotency-Key"), actor=request.user)


# ── What is sent ──


class Body(JSONParser):
    """JSON of a sane size and depth: what is beyond it is the sender's mistake, not our fault."""

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> Any:
        text = stream.read(LARGEST_BODY + 1)
        if len(text) > LARGEST_BODY:
            raise TooLarge
        try:
            return super().parse(BytesIO(text), media_type, parser_context)
        except RecursionError as error:
            raise exceptions.ParseError from error


class TooLarge(exceptions.APIException):
    """413: more than any noun of ours can need."""

    status_code = 413
    default_detail = _("This is more than one request may carry.")


class Asked(serializers.Serializer[Any]):
    """What a caller sends. An unknown field is refused: a misspelt one must not be lost in silence."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = [str(name) for name in data if name not in self.fields]
            if unknown:
                raise serializers.ValidationError({name: [_("There is no such field.")] for name in unknown})
        values = super().to_internal_value(data)
        for name, value in values.items():
            if isinstance(value, date):
                try:
                    within_bounds(value)
                except ValidationError as error:
                    raise serializers.ValidationError({name: error.messages}) from error
        return values


def checked(asked: serializers.Serializer[Any], data: Any) -> dict[str, Any]:
    """The data as this serializer takes it.

    One instance serves every request: it keeps nothing of them, and making its fields anew costs more
    than checking them.
    """
    values: dict[str, Any] = asked.run_validation(data)
    return values


# ── What is listed ──


class Pages(CursorPagination):
    """Pages by cursor: newest first unless the noun says otherwise."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"
    ordering: str | tuple[str, ...] = "-id"
    # A day's queue has many of one rank: the cursor counts on within them.
    offset_cutoff = 20_000
    invalid_cursor_message = _("This page does not exist. Begin at the first one.")

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValueError, ValidationError, DataError) as error:
            # The position within a cursor is the caller's text: it need not be a number, a day or an id.
            raise exceptions.NotFound(self.invalid_cursor_message) from error


class Ordering(OrderingFilter):
    """`?ordering=` from the noun's own list; another field is refused, and equals stand by their ids."""

    def remove_invalid_fields(self, queryset: Any, fields: Any, view: Any, request: Request) -> list[str]:
        known = {name for name, _label in self.get_valid_fields(queryset, view, {"request": request})}
        if any(name.removeprefix("-") not in known for name in fields):
            names = ", ".join(sorted(known))
            raise serializers.ValidationError(
                {self.ordering_param: [_("This can be ordered by: %(names)s.") % {"names": names}]}
            )
        return list(fields)

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> Any:
        asked = list(super().get_ordering(request, queryset, view) or ())
        return asked if {"id", "-id"} & set(asked) else [*asked, "id"]

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        names = ", ".join(view.ordering_fields)
        told: list[dict[str, Any]] = super().get_schema_operation_parameters(view)
        return [one | {"description": f"By {names}; from the end with - before it."} for one in told]


class Pdf(BaseRenderer):
    """So that a caller may ask for `application/pdf`; papers come as they are stored."""

    media_type = "application/pdf"
    format = "pdf"
    charset = None
    render_style = "binary"

    def render(self, data: Any, *_args: Any) -> Any:
        return data


# ── What is refused ──


class Conflict(exceptions.APIException):
    """409 with what stands in the way."""

    status_code = status.HTTP_409_CONFLICT

    def __init__(self, detail: Any, **more: Any) -> None:
        super().__init__(detail)
        self.more = more


TITLES = {
    400: _("Not valid"),
    401: _("Not logged in"),
    403: _("Not allowed"),
    404: _("Not found"),
    409: _("Conflict"),
    429: _("Too often"),
    500: _("A fault"),
    503: _("Not reached"),
}
# The framework's own sentences are not in Hindi, and some of them speak of the framework.
SAID_OF_REQUESTS: dict[type[Exception], Any] = {
    exceptions.NotAuthenticated: _("Log in first."),
    exceptions.PermissionDenied: _("Your role does not include this."),
    exceptions.NotFound: _("There is no such record, or it is not yours to see."),
    exceptions.MethodNotAllowed: _("This cannot be done here."),
    exceptions.NotAcceptable: _("This is not available in the form that was asked for."),
    exceptions.UnsupportedMediaType: _("Send JSON (Content-Type: application/json)."),
    exceptions.ParseError: _("This is not valid JSON."),
    exceptions.Throttled: _("Too many requests. Wait a minute."),
}
# Codes that only the framework gives; some of its sentences stay in the language they were first said in.
# `invalid` is ours as well: the framework's sentences of that code are in the catalogue (`phrases`).
SAID_OF_FIELDS: dict[str, Any] = {
    **dict.fromkeys(["required", "null", "blank", "empty"], _("This is needed.")),
    **dict.fromkeys(["not_a_list", "not_a_dict"], _("This does not have the right form.")),
    **dict.fromkeys(["date", "datetime", "make_aware", "overflow"], _("This does not have the right form.")),
    "null_characters_not_allowed": _("This does not have the right form."),
    "surrogate_characters_not_allowed": _("This does not have the right form."),
    "invalid_choice": _("This is not one of the choices."),
    **dict.fromkeys(["max_length", "max_string_length"], _("This is too long.")),
    **dict.fromkeys(["max_digits", "max_decimal_places", "max_whole_digits"], _("This is too long.")),
    "min_length": _("This is too short."),
    "max_value": _("This is too much."),
    "min_value": _("This is too little."),
}


def problem(error: Exception, context: Mapping[str, Any]) -> HttpResponseBase | None:
    """Any expected error as application/problem+json, with a sentence in the caller's language."""
    if isinstance(error, Refusal):
        fields = [{"field": error.field, "detail": str(error)}] if error.field else []
        return document(error.status, str(error), errors=fields)
    if isinstance(error, ValidationError):
        return document(400, sentences(error), errors=_of_model(error))
    if isinstance(error, SuspiciousOperation):
        return document(400, str(SAID_OF_REQUESTS[exceptions.ParseError]))
    response = exception_handler(error, dict(context))
    if response is None:
        return None
    errors = _flat(error.detail) if isinstance(error, exceptions.ValidationError) else []
    detail = errors[0]["detail"] if errors else _sentence(error)
    made = document(response.status_code, detail, errors=errors, **getattr(error, "more", {}))
    for header, value in response.items():
        if header.lower() != "content-type":
            made[header] = value
    return made


def document(code: int, detail: str, **more: Any) -> JsonResponse:
    """A problem document. It is JSON whatever was asked for: a page's or paper's renderer cannot say it."""
    title = str(TITLES.get(code, _("Refused")))
    body = {"type": "about:blank", "title": title, "status": code, "detail": detail}
    extra = {key: value for key, value in more.items() if value}
    return JsonResponse(body | extra, status=code, content_type=PROBLEM)


def _sentence(error: Exception) -> str:
    if isinstance(error, Http404):
        return str(SAID_OF_REQUESTS[exceptions.NotFound])
    if isinstance(error, PermissionDenied):
        return str(error) or str(SAID_OF_REQUESTS[exceptions.PermissionDenied])
    said = SAID_OF_REQUESTS.get(type(error))
    detail = getattr(error, "detail", error)
    ours = said is None or not _is_frameworks(error, detail)
    return str(detail if ours else said)


def _is_frameworks(error: Exception, detail: Any) -> bool:
    """Whether the error says no more than the framework's own words for its kind."""
    filled_in = (exceptions.MethodNotAllowed, exceptions.UnsupportedMediaType, exceptions.ParseError)
    return isinstance(error, filled_in) or str(detail).startswith(str(getattr(error, "default_detail", "-")))


def _of_model(error: ValidationError) -> list[dict[str, str]]:
    named = getattr(error, "error_dict", {})
    return [{"field": name, "detail": str(word)} for name in named for word in error.message_dict[name]]


def _flat(detail: Any, path: str = "") -> list[dict[str, str]]:
    """[{field, detail}] out of nested errors."""
    if isinstance(detail, Mapping):
        return [one for key, value in detail.items() for one in _flat(value, _joined(path, str(key)))]
    if isinstance(detail, list):
        return [one for value in detail for one in _flat(value, path)]
    return [{"field": path, "detail": _said(detail)}]


def _joined(path: str, key: str) -> str:
    if key == "non_field_errors":
        return path
    return f"{path}.{key}" if path else key


def _said(detail: Any) -> str:
    said = SAID_OF_FIELDS.get(getattr(detail, "code", ""))
    return str(said if said and get_language() != "en" else detail)
