"""What every API noun shares: rights, request keys, pages, and errors as RFC 9457 problem documents."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.utils.translation import get_language_from_request
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from rest_framework import exceptions, status
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import exception_handler

from hmis.kernel import requests
from hmis.kernel.errors import KeyReused, Refusal, sentences


def needs(permission: str) -> type[BasePermission]:
    """The permission class for a viewset: the caller's role holds `permission`."""

    class Needs(BasePermission):
        message = _("Your role does not include this.")

        def has_permission(self, request: Request, view: Any) -> bool:
            return bool(request.user and request.user.is_authenticated and request.user.may(permission))

    Needs.permission = permission  # type: ignore[attr-defined]
    return Needs


def idempotency_key(request: Request) -> UUID:
    """The request's key: sent twice with it, a creating call counts once."""
    return requests.key_from(request.headers.get("Idempotency-Key"), actor=request.user)


class Pages(CursorPagination):
    """Pages by cursor: newest first unless the noun says otherwise."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"
    ordering: str | tuple[str, ...] = "-id"


class Conflict(exceptions.APIException):
    """409 with what stands in the way."""

    status_code = status.HTTP_409_CONFLICT

    def __init__(self, detail: Any, **more: Any) -> None:
        super().__init__(detail)
        self.more = more


def problem(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Any expected error as application/problem+json, with a sentence in the caller's language."""
    request = context.get("request")
    user = getattr(request, "user", None)
    language = getattr(user, "language", None)
    if request is not None and ("Accept-Language" in request.headers or not language):
        language = get_language_from_request(request)
    with override(language):
        return _problem(error, context)


def _problem(error: Exception, context: Mapping[str, Any]) -> Response | None:
    if isinstance(error, Refusal):
        code = status.HTTP_409_CONFLICT if isinstance(error, KeyReused) else status.HTTP_422_UNPROCESSABLE_ENTITY
        fields = [{"field": error.field, "detail": str(error)}] if error.field else []
        return _document(code, str(error), errors=fields)
    if isinstance(error, ValidationError):
        return _document(400, sentences(error))
    response = exception_handler(error, dict(context))
    if response is None:
        return None
    errors = _flat(error.detail) if isinstance(error, exceptions.ValidationError) else []
    detail = errors[0]["detail"] if errors else _sentence(error)
    made = _document(response.status_code, detail, errors=errors, **getattr(error, "more", {}))
    for header, value in response.items():
        if header.lower() != "content-type":
            made[header] = value
    return made


def _document(code: int, detail: str, **more: Any) -> Response:
    title = {400: _("Not valid"), 401: _("Not signed in"), 403: _("Not allowed"), 404: _("Not found")}.get(code)
    body = {"type": "about:blank", "title": str(title or _("Refused")), "status": code, "detail": detail}
    extra = {key: value for key, value in more.items() if value}
    return Response(body | extra, status=code, content_type="application/problem+json")


def _sentence(error: Exception) -> str:
    if isinstance(error, Http404):
        return str(_("There is no such record, or it is not yours to see."))
    if isinstance(error, PermissionDenied):
        return str(error) or str(_("Your role does not include this."))
    return str(getattr(error, "detail", error))


def _flat(detail: Any, path: str = "") -> list[dict[str, str]]:
    """[{field, detail}] out of DRF's nested errors."""
    if isinstance(detail, Mapping):
        return [one for key, value in detail.items() for one in _flat(value, f"{path}.{key}" if path else str(key))]
    if isinstance(detail, list):
        return [one for value in detail for one in _flat(value, path)]
    return [{"field": path, "detail": str(detail)}]
