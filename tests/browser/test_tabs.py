"""What one test leaves to the next: an empty tab, or none."""

import pytest
from django.urls import reverse

KEEP = """() => {
  localStorage.kept = sessionStorage.kept = 1;
  document.cookie = "kept=1";
  history.pushState({}, "", "?kept");
}"""
LEFT = "[localStorage.length, sessionStorage.length, document.cookie.includes('kept'), history.length]"


@pytest.fixture
def door(live_server):
    return live_server.url + reverse("login")


def test_a_tab_is_handed_on_with_nothing_in_it(tabs, chromium, live_server, door):
    page = tabs.take(chromium, viewport={"width": 500, "height": 500})
    page.goto(door)
    page.evaluate(KEEP)
    page.locator("#id_username").press_sequentially("half typed")
    page.evaluate("addEventListener('beforeunload', (event) => event.preventDefault())")
    tabs.give_back(page, live_server.url)

    again = tabs.take(chromium)

    assert again is page
    assert again.url == "about:blank"
    assert again.viewport_size["width"] == 1366
    again.goto(door)
    assert again.evaluate(LEFT) == [0, 0, False, 2]
    tabs.give_back(again, live_server.url)


@pytest.mark.parametrize("arrange", [
    lambda page: page.route("**/nowhere", lambda route: route.abort()),
    lambda page: page.add_init_script("self.kept = 1"),
    lambda page: page.clock.install(),
    lambda page: page.on("request", lambda _: None),
    lambda page: page.context.set_offline(True),
    lambda page: page.context.new_page(),
], ids=["route", "script", "clock", "listener", "cut line", "second tab"])  # fmt: skip
def test_a_tab_that_keeps_something_is_closed(tabs, chromium, live_server, arrange):
    page = tabs.take(chromium)
    arrange(page)
    tabs.give_back(page, live_server.url)

    assert page.is_closed()


def test_a_tab_of_another_profile_is_closed(tabs, chromium, live_server):
    page = tabs.take(chromium, java_script_enabled=False)
    tabs.give_back(page, live_server.url)

    assert page.is_closed()
