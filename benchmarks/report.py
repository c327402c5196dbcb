"""The bench from end to end, and its table."""

import os
import platform
import time
from collections.abc import Iterator

from django.db import connection

from benchmarks import (
    audit,
    beds,
    charts,
    laboratory,
    lines,
    pages,
    papers,
    patients,
    places,
    receipts,
    registrations,
    reviews,
    searches,
    walls,
)
from benchmarks.driver import Load

CREATED, SHOWN = 201, 200
SECONDS, SEARCH_SECONDS = 8.0, 3.0

Row = tuple[str, str, str]


def main() -> None:
    """Run every bench against the same database on the same machine; print each row as it is known."""
    began = time.monotonic()
    places.prepare()
    print(f"{machine()}\n")
    for name, figure, target in rows():
        print(f"{name:<52} {figure:<46} {target}", flush=True)
    print(f"\n{time.monotonic() - began:.0f} seconds in all.")


def machine() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        (version,) = cursor.fetchone()
    connection.close()
    return (
        f"{os.cpu_count()} cores, Python {platform.python_version()}, PostgreSQL {version} beside it, "
        f"{os.environ['WEB_CONCURRENCY']} web workers, {len(registrations.PLACES)} connections"
    )


def rows() -> Iterator[Row]:
    """(what, its figure, the target)."""
    yield from patients.fill_rows()
    yield "patients on file", f"{patients.on_file():,}", ""
    yield from search_rows()
    yield from registration_rows()
    yield from receipt_rows()
    yield from paper_rows()
    yield from laboratory_rows()
    yield from chart_rows()
    yield from bed_rows()
    yield from review_rows()
    yield from line_rows()
    yield from audit_rows()


def search_rows() -> Iterator[Row]:
    """Each kind of search, as a clerk of RIMS asks; the plans are asked for with the very same texts."""
    clerk = registrations.hire_clerks()[0]
    scanned = 0
    with places.web("hmis.wsgi:application") as web:
        cookie = registrations.sign_in(web, clerk)
        for kind in searches.kinds(clerk):
            load = searches.load(web, cookie, kind, seconds=SEARCH_SECONDS)
            yield f"search by {kind.name}", _speed(load, SHOWN), f"p95 ≤ {kind.due} ms"
            read_through = searches.read_through(clerk, kind)
            scanned += sum(read_through.values())
            for table, count in read_through.items():
                yield f"  reads all of {table}", f"{count} of {len(kind.texts)} plans", "0"
    yield "searches whose plan reads a table from end to end", f"{scanned}", "0"


def registration_rows() -> Iterator[Row]:
    """The limit before and after the product, so that a machine that slows down does not flatter it."""
    clerks = registrations.hire_clerks()
    registrations.make_bare_tables(os.environ["DATABASE_OWNER_URL"])
    limits = [_limit()]
    with places.web("hmis.wsgi:application") as web:
        api = registrations.load_api(web, clerks, seconds=SECONDS)
        with walls.down(os.environ["DATABASE_OWNER_URL"]):
            open_to_all = registrations.load_api(web, clerks, seconds=SECONDS)
        desk = registrations.load_desk(web, clerks, seconds=SECONDS)
        with places.worker():
            busy = registrations.load_api(web, clerks, seconds=SECONDS)
        weights = list(page_rows(web, clerks[0]))
        resident = web.resident()
    limits.append(_limit())
    limit = sum(one.per_second(CREATED) for one in limits) / len(limits)
    yield "registration, raw SQL in a bare view: the limit", _speed(limits[0], CREATED), ""
    yield "the same, once more at the end", _speed(limits[1], CREATED), ""
    for name, load, status in (
        ("registration by the API", api, CREATED),
        ("registration by the front desk's form", desk, SHOWN),
        ("registration by the API, papers being rendered", busy, CREATED),
    ):
        yield name, _speed(load, status), ""
        yield "  as a share of the limit", f"{load.per_second(status) / limit:.0%}", "≥ 25 %"
    yield "registration by the API, no row-level security", _speed(open_to_all, CREATED), ""
    cost = 1 - api.per_second(CREATED) / open_to_all.per_second(CREATED)
    yield "  so row-level security costs", f"{cost:.0%}", ""
    yield from weights
    yield "memory of a web worker after this", f"{max(resident):.0f} MB resident", "≤ 150 MB"


def _limit() -> Load:
    with places.web("benchmarks.bare:application") as web:
        return registrations.load_limit(web, seconds=SECONDS / 2)


def _speed(load: Load, status: int) -> str:
    others = sum(load.statuses.values()) - load.statuses[status]
    refused = f", {others} refused" if others else ""
    return f"{load.per_second(status):.0f} a second, p50 {load.p50:.0f} ms, p95 {load.p95:.0f} ms{refused}"


def page_rows(web: places.Web, clerk: str) -> Iterator[Row]:
    """Login and front desk, in Hindi."""
    cookie = registrations.sign_in(web, clerk)
    for name, path, own in (("login", "/login/", ""), ("front desk", registrations.DESK, cookie)):
        weight = pages.weigh(web, path, own)
        figure = (
            f"{weight.first / 1000:.1f} KB first ({weight.files} files), {weight.again / 1000:.1f} KB again"
        )
        yield f"weight of the page: {name}", figure, "≤ 100 KB, ≤ 15 KB"


def receipt_rows() -> Iterator[Row]:
    made = receipts.write_receipts()
    yield (
        f"receipts from {receipts.WRITERS} writers, 5 % rolled back",
        f"{made.per_second:.0f} a second, {made.written} written",
        "",
    )
    figure = f"{made.gaps} gaps, {made.doubles} doubles, {made.failed} failed, {made.rolled_back} rolled back"
    yield "  their numbers", figure, "0 gaps, 0 doubles, 0 failed"


def paper_rows() -> Iterator[Row]:
    for kind, cost in papers.milliseconds_each().items():
        yield f"PDF of one {kind}, warm", f"{cost:.0f} ms of CPU", "≤ 60 ms"


def line_rows() -> Iterator[Row]:
    typed = lines.typing()
    figure = f"p50 {typed.p50:.1f} ms, p95 {typed.p95:.1f} ms, worst {typed.worst:.1f} ms"
    yield "a keystroke in a line of medicine, in the server", figure, "≤ 30 ms"


def laboratory_rows() -> Iterator[Row]:
    with places.web("hmis.wsgi:application") as web:
        yield from laboratory.rows_of(laboratory.day(web))


def chart_rows() -> Iterator[Row]:
    read = charts.charts()
    figure = f"p50 {read.p50:.0f} ms, p95 {read.p95:.0f} ms, {read.statements} statements"
    yield "chart of 500 contacts, 5,000 values, in the server", figure, "p95 ≤ 100 ms, ≤ 20"


def bed_rows() -> Iterator[Row]:
    for read in beds.boards():
        figure = f"p50 {read.p50:.0f} ms, p95 {read.p95:.0f} ms, {read.statements} statements"
        yield f"bed board: {read.name}", f"{figure}, {read.kilobytes:.1f} KB", "≤ 20, ≤ 100 KB"


def review_rows() -> Iterator[Row]:
    counted = reviews.recount()
    figure = f"{counted.seconds:.1f} s from {counted.encounters:,} encounters"
    yield "full recount of all figures of the review", figure, ""
    for read in reviews.reviews():
        figure = f"p50 {read.p50:.0f} ms, p95 {read.p95:.0f} ms, {read.statements} statements"
        yield f"review: {read.name}", f"{figure}, {read.kilobytes:.1f} KB", "p95 ≤ 100 ms, ≤ 20"


def audit_rows() -> Iterator[Row]:
    """Last: it leaves very many rows behind."""
    done = audit.audit()
    yield f"audit rows put under seal, of {audit.ROWS:,}", f"{done.sealed:,.0f} a second", ""
    yield "audit rows proved", f"{done.proved:,.0f} a second", ""
    slowest = ", ".join(f"{name} {took:.0f} ms" for name, took in done.pages.items())
    yield "slowest of 20 pages of the audit", slowest, "≤ 100 ms"
