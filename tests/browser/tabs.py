"""Tabs that one test leaves to the next: a profile of its own costs half as much again as showing a page."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from weakref import WeakSet

from playwright.sync_api import Browser, BrowserContext, Error, Page

from tests.browser.screen import DESK, WATCH

# What a test arranges so stays with the tab or its profile: nobody else has it afterwards.
OF_BOTH = ["add_init_script", "clock", "expose_binding", "expose_function", "on", "once", "route"]
OF_BOTH += ["route_from_har", "set_extra_http_headers"]
LASTING = {
    Page: [*OF_BOTH, "add_locator_handler", "emulate_media"],
    BrowserContext: [*OF_BOTH, "grant_permissions", "new_cdp_session", "set_geolocation", "set_offline"],
}
# A page with something half typed asks before it is left; here the test has ended.
LET_GO = "addEventListener('beforeunload', (event) => event.stopImmediatePropagation(), true)"


class Tabs:
    """The tabs at hand; `arranged` are profiles that keep something of their test."""

    def __init__(self) -> None:
        self.free: dict[Browser, list[Page]] = defaultdict(list)
        self.arranged: WeakSet[BrowserContext] = WeakSet()

    def watch(self, patch) -> None:
        """Note from now on whatever is arranged to last."""
        for kind, names in LASTING.items():
            for name in names:
                patch.setattr(kind, name, self._noting(getattr(kind, name)))

    def _noting(self, arrange):
        def note(owner):
            self.arranged.add(owner.context if isinstance(owner, Page) else owner)

        if isinstance(arrange, property):
            return property(lambda owner: note(owner) or arrange.fget(owner))
        return lambda owner, *args, **kwargs: note(owner) or arrange(owner, *args, **kwargs)

    @contextmanager
    def as_it_was(self, page: Page) -> Iterator[None]:
        """Whatever is arranged within does not count: it is undone when the tab is left."""
        was_arranged = page.context in self.arranged
        yield
        if not was_arranged:
            self.arranged.discard(page.context)

    def take(self, browser: Browser, **profile) -> Page:
        """An empty tab of a profile without cookies and store; `profile` as Playwright's `new_context`."""
        is_plain = profile.keys() <= {"viewport"}
        if is_plain and (free := self.free[browser]):
            page = free.pop()
            page.set_viewport_size(profile.get("viewport", DESK))
            return page
        context = browser.new_context(**{"viewport": DESK, "locale": "en-IN"} | profile)
        context.set_default_timeout(10_000)
        context.add_init_script(WATCH)
        if is_plain:
            self.arranged.discard(context)
        return context.new_page()

    def give_back(self, page: Page, origin: str) -> None:
        """Empty the tab for the next test, or close its profile."""
        context = page.context
        with suppress(Error):
            if context not in self.arranged and context.browser and context.pages == [page]:
                self._empty(page, origin)
                self.free[context.browser].append(page)
                return
        with suppress(Error):
            context.close()

    def _empty(self, page: Page, origin: str) -> None:
        context = page.context
        context.clear_cookies()  # what a page still sends when it is left, nobody sends
        page.evaluate(LET_GO)
        page.goto("about:blank")
        page.mouse.move(-1, -1)
        line = context.new_cdp_session(page)
        line.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
        line.send("Page.resetNavigationHistory")
        line.detach()
        self.arranged.discard(context)
