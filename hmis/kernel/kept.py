"""What a form held that met a locked screen or an ended login, to be sent on when its person is back.

It travels through the page that asks for the password, so nothing of it is stored. It is sealed with a key of
that person: nobody reads it in the page meanwhile, and for nobody else does it open.
"""

import json
import zlib
from base64 import urlsafe_b64encode
from dataclasses import asdict, dataclass
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import salted_hmac

# The boxes for passwords. A form that has one is filled in afresh.
SECRETS = frozenset({"password", "present", "again"})
DOORS = ("login", "logout", "lock", "unlock")


@dataclass(frozen=True)
class Kept:
    """A form as it was sent: where to, with what, in which working posting."""

    path: str
    fields: list[tuple[str, str]]
    had_files: bool
    posting: str


def seal(request: HttpRequest, *, person: Any, posting: Any) -> str:
    """The form of this request, for the page that asks for the password; "" if nothing is to be sent on."""
    if request.path in {reverse(name) for name in DOORS}:
        return request.POST.get("kept", "")  # from one door to the next
    if SECRETS & request.POST.keys():
        return ""
    form = Kept(
        path=request.get_full_path(),
        fields=[
            (name, str(value))
            for name, values in request.POST.lists()
            for value in values
            if name != "csrfmiddlewaretoken"
        ],
        had_files=bool(request.FILES),
        posting=str(posting or ""),
    )
    return _box(person).encrypt(zlib.compress(json.dumps(asdict(form)).encode())).decode()


def unseal(sealed: str, *, person: Any) -> Kept | None:
    """The form, if it was sealed for this person and not too long ago."""
    try:
        plain = _box(person).decrypt(sealed.encode(), ttl=settings.SESSION_COOKIE_AGE)
    except InvalidToken:
        return None
    return Kept(**json.loads(zlib.decompress(plain)))


def _box(person: Any) -> Fernet:
    return Fernet(urlsafe_b64encode(salted_hmac("hmis.kept", str(person), algorithm="sha256").digest()))
