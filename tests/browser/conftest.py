"""A real browser against a live server: one browser for all tests, a new profile for each.

Chromium's shell is the same engine without windows, and takes two thirds of the time. It has no viewer of
papers, so they are shown as bare words (`factories/server.py`): a test of the viewer itself, or of what a
page does as it is left, is marked with `prints` and runs in the whole browser, as does all if there is no
shell. Nor is a paper laid out that nobody looks into: a test that does is marked with `reads_paper`.
"""

import os
import shutil
from functools import cache
from threading import get_ident
from time import sleep

import pytest
from django.conf import settings as project
from django.core.signals import got_request_exception, request_finished, request_started
from django.test import Client
from playwright.sync_api import expect, sync_playwright

from hmis.kernel import pdf
from opd.models import QueueToken
from tests.browser.screen import DESK, PHONE, Screen
from tests.browser.tabs import Tabs
from tests.factories.facilities import make_clerk, make_department, make_unit
from tests.factories.patients import make_encounter
from tests.factories.server import PLAIN

# Playwright's loop runs in the thread of the tests; Django takes any loop for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
ARGS = [
    "--no-sandbox",
    "--disable-background-networking",
    # What a new page is before its first address need be no process of its own.
    "--renderer-process-limit=1",
    # A screen is drawn in one piece, not in twenty.
    "--default-tile-width=1440",
    "--default-tile-height=1024",
]
# A page takes over the frame of the one before: it costs a quarter less than with a frame of its own. In the
# whole browser each has its own, as it comes: there is asked what a page still does as it is left.
SAME_FRAME = "--enable-features=RenderDocument:level/crashed-frame"
# A page does not live long enough for what is optimised to pay: the accessibility checker takes a third less.
UNOPTIMISED = "--js-flags=--no-opt --no-maglev"
BLANK = cache(lambda press=pdf.pressed: press("<!doctype html><title>Paper</title>"))
CHROMIUM, SHELL = shutil.which("chromium"), shutil.which("chromium-headless-shell")


@pytest.fixture(scope="session")
def start():
    """(program, *arguments) → one of the system's browsers; nothing is downloaded. The end closes all."""
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:

        def start(program, *more):
            own = [] if program == CHROMIUM else [SAME_FRAME]
            return playwright.chromium.launch(executable_path=program, args=[*ARGS, *own, *more])

        yield start


@pytest.fixture(scope="session")
def kept(start):
    """A program → its browser, started by the first test that needs it."""
    return cache(lambda program: start(program, UNOPTIMISED))


@pytest.fixture
def chromium(request, kept):
    """The browser for this test."""
    return kept(CHROMIUM if request.node.get_closest_marker("prints") else SHELL or CHROMIUM)


@pytest.fixture
def all_answered():
    """Waits until the server is at no request: what a closed page has asked for may still be written."""
    busy = set()  # threads, each at one request

    def begin(**_):
        busy.add(get_ident())

    def end(**_):
        busy.discard(get_ident())

    def wait():
        sleep(0.03)
        while busy:
            sleep(0.02)

    request_started.connect(begin)
    request_finished.connect(end)
    yield wait
    request_started.disconnect(begin)
    request_finished.disconnect(end)


@pytest.fixture(scope="session")
def tabs():
    """What one test leaves to the next."""
    with pytest.MonkeyPatch.context() as patch:
        tabs = Tabs()
        tabs.watch(patch)
        yield tabs


@pytest.fixture
def unread_papers(request, monkeypatch):
    """Each paper is filled in; laid out is the same empty page for all, unless the test looks into it."""
    if not any(map(request.node.get_closest_marker, ("prints", "reads_paper"))):
        monkeypatch.setattr(pdf, "pressed", lambda markup: BLANK())


@pytest.fixture
def failed():
    """Where the server failed: also at what a page asked as it was left, which no console tells."""
    failed = []

    def hear(request, **_):
        failed.append(request.path)

    got_request_exception.connect(hear)
    yield failed
    got_request_exception.disconnect(hear)


@pytest.fixture
def sit(request, chromium, tabs, live_server, unread_papers, all_answered, failed):
    """Sits somebody (or nobody yet) at a new screen; at the end each screen must have been calm."""
    screens = []
    has_viewer = request.node.get_closest_marker("prints")

    def sit_down(person=None, browser=chromium, **profile):
        page = tabs.take(browser, **profile)
        if not has_viewer:
            page.context.add_cookies([{"name": PLAIN, "value": "1", "url": live_server.url}])
        if person:
            page.context.add_cookies([_session_of(person, live_server.url)])
        with tabs.as_it_was(page):
            screen = Screen(page, live_server.url)
        screens.append(screen)
        return screen

    yield sit_down
    for screen in screens:
        screen.leave()
        tabs.give_back(screen.page, live_server.url)
    all_answered()
    for screen in screens:
        screen.assert_calm()
    assert failed == []


@pytest.fixture
def faults_of(sit):
    """(person, paths) → what is wrong with these pages: in Hindi on a phone, in English at a desk.

    The accessibility checker takes the longest: it looks at every other page in each of them.
    """

    def look(person, paths):
        faults = []
        for turn, (language, viewport) in enumerate((("hi", PHONE), ("en", DESK))):
            person.language = language
            person.save(update_fields=["language"])
            screen = sit(person, viewport=viewport)
            for place, path in enumerate(paths):
                faults += screen.faults_of(path, with_barriers=place % 2 == turn)
        return faults

    return look


def _session_of(person, url):
    client = Client()
    client.force_login(person)
    name = project.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": url}


@pytest.fixture
def desk(sit, kavita, unit):
    """Kavita's front desk, with Medicine open."""
    return sit(kavita).open("opd:registration_new")


@pytest.fixture
def hindi_desk(sit, rims, unit):
    """A front desk in Hindi."""
    sarita = make_clerk("Sarita", rims)
    sarita.language = "hi"
    sarita.save(update_fields=["language"])
    return sit(sarita).open("opd:registration_new")


@pytest.fixture
def departments(rims, med, unit):
    """Medicine, Orthopaedics and Eye, each with a room."""
    bones = make_department(rims, "ORTH", name="Orthopaedics", name_hi="हड्डी रोग", position=901)
    eyes = make_department(rims, "EYE", name="Ophthalmology", name_hi="नेत्र रोग", position=902)
    for one in (bones, eyes):
        make_unit(one)
    return [med, bones, eyes]


@pytest.fixture
def was_here(asha, med):
    """Asha was in Medicine once, long ago."""
    return make_encounter(asha, med)


@pytest.fixture
def tokens(db):
    """All tokens, oldest first, as they stand now."""
    return lambda: list(QueueToken.objects.order_by("number").select_related("encounter", "patient"))
