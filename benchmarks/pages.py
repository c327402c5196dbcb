"""What a page weighs on the wire, as a browser that takes brotli loads it: the first time, and again."""

import gzip
import re
from dataclasses import dataclass
from urllib.parse import urljoin

import brotli

from benchmarks.driver import exchange, request
from benchmarks.places import Web

LINKED = re.compile(rb"""(?:src|href)=["'](/static/[^"'#]+)""")
NAMED_IN_STYLE = re.compile(rb"""url\(["']?(?!data:)([^"')]+)""")


@dataclass(frozen=True)
class Weight:
    """Bytes over the wire, heads included; again means that what may be kept is not fetched."""

    first: int
    again: int
    files: int


def weigh(web: Web, path: str, cookie: str = "") -> Weight:
    """The page and all that it links, and what its style sheets link."""
    page = _fetch(web, path, cookie)
    waiting = [found.decode() for found in LINKED.findall(_unpacked(page))]
    files: dict[str, bytes] = {}
    while waiting:
        asset = waiting.pop()
        if asset not in files:
            files[asset] = _fetch(web, asset, cookie)
            if asset.endswith(".css"):
                found = NAMED_IN_STYLE.findall(_unpacked(files[asset]))
                waiting += [urljoin(asset, one.decode()) for one in found]
    again = sum(len(answer) for answer in files.values() if not _is_kept(answer))
    return Weight(len(page) + sum(map(len, files.values())), len(page) + again, 1 + len(files))


def _fetch(web: Web, path: str, cookie: str) -> bytes:
    return exchange(web.port, request("GET", path, Accept_Encoding="gzip, deflate, br", Cookie=cookie))


def _unpacked(answer: bytes) -> bytes:
    head, body = answer.split(b"\r\n\r\n", 1)
    packing = re.search(rb"(?im)^content-encoding: (\w+)", head)
    unpack = {b"br": brotli.decompress, b"gzip": gzip.decompress}.get(packing.group(1) if packing else b"")
    return bytes(unpack(body)) if unpack else body


def _is_kept(answer: bytes) -> bool:
    return b"immutable" in answer.split(b"\r\n\r\n", 1)[0]
