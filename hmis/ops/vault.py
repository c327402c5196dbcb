"""What leaves the server is sealed: AES-256-GCM in pieces, so that a copy of any size needs little memory.

A sealed file is a head (a mark, the key's fingerprint, a salt) and pieces of 1 MiB. Each piece is bound to
the head, its number and whether it is the last one: a file cut short, put together anew or changed in one bit
does not open. Every file has a key of its own, derived from the site's key and the salt.
"""

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.core.exceptions import ImproperlyConfigured

from hmis.env import env_secret

MARK = b"HMISVLT1"
FINGERPRINT, SALT, TAG = 8, 32, 16
PIECE = 1 << 20


class Unsealable(RuntimeError):
    """A file does not open: another key, or not the bytes that were sealed."""


@dataclass(frozen=True)
class Key:
    """The site's key. Whoever holds it and a copy holds the hospital's records."""

    secret: bytes

    @property
    def fingerprint(self) -> str:
        """Names the key and tells nothing of it."""
        return hashlib.sha256(b"hmis backup key" + self.secret).digest()[:FINGERPRINT].hex()

    def of_file(self, salt: bytes) -> AESGCM:
        return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=salt, info=MARK).derive(self.secret))

    def sign(self, text: bytes) -> str:
        """Proves that whoever wrote this text held the key."""
        own = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"hmis manifest").derive(self.secret)
        return hmac.new(own, text, hashlib.sha256).hexdigest()


def read_key() -> Key:
    """The key of BACKUP_KEY or of the file that BACKUP_KEY_FILE names: 32 bytes as base64."""
    try:
        secret = base64.b64decode(env_secret("BACKUP_KEY"), validate=True)
    except ValueError:
        secret = b""
    if len(secret) != 32:
        raise ImproperlyConfigured("BACKUP_KEY must be 32 bytes as base64: manage.py backup --new-key FILE.")
    return Key(secret)


def make_key(path: Path) -> Key:
    """A new key in a file of its own, readable by its owner alone. Refuses to overwrite one."""
    key = Key(secrets.token_bytes(32))
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "wb") as file:
        file.write(base64.b64encode(key.secret) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return key


def seal(source: IO[bytes], target: IO[bytes], key: Key) -> tuple[int, str]:
    """Copy `source` sealed into `target`; the sealed length and its SHA-256."""
    head = MARK + bytes.fromhex(key.fingerprint) + secrets.token_bytes(SALT)
    cipher = key.of_file(head[-SALT:])
    digest, length = hashlib.sha256(), 0

    def put(part: bytes) -> None:
        nonlocal length
        target.write(part)
        digest.update(part)
        length += len(part)

    put(head)
    number, piece = 0, _whole_piece(source)
    while True:
        following = _whole_piece(source) if len(piece) == PIECE else b""
        put(cipher.encrypt(_nonce(number, is_last=not following), piece, head))
        if not following:
            return length, digest.hexdigest()
        number, piece = number + 1, following


def key_of(source: IO[bytes]) -> str:
    """The fingerprint of the key that a file says it is sealed with; whether it is, only opening it shows."""
    return _fingerprint(_head(source))


def opened(source: IO[bytes], key: Key) -> Iterator[bytes]:
    """What was sealed, piece by piece. Raises Unsealable before a piece that is not what was sealed."""
    head = _head(source)
    sealed_with = _fingerprint(head)
    if sealed_with != key.fingerprint:
        raise Unsealable(f"Sealed with the key {sealed_with}; the key given is {key.fingerprint}.")
    cipher = key.of_file(head[-SALT:])
    number, piece = 0, _whole_piece(source, PIECE + TAG)
    while True:
        following = _whole_piece(source, PIECE + TAG) if len(piece) == PIECE + TAG else b""
        try:
            yield cipher.decrypt(_nonce(number, is_last=not following), piece, head)
        except InvalidTag:
            raise Unsealable("This file was cut short or changed since it was sealed.") from None
        if not following:
            return
        number, piece = number + 1, following


def _head(source: IO[bytes]) -> bytes:
    head = source.read(len(MARK) + FINGERPRINT + SALT)
    if not head.startswith(MARK) or len(head) < len(MARK) + FINGERPRINT + SALT:
        raise Unsealable("This is no sealed file.")
    return head


def _fingerprint(head: bytes) -> str:
    return head[len(MARK) : len(MARK) + FINGERPRINT].hex()


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


def _whole_piece(source: IO[bytes], size: int = PIECE) -> bytes:
    """`size` bytes, fewer only at the end: a pipe gives them in smaller parts."""
    parts, missing = [], size
    while missing and (part := source.read(missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
