"""One person at one screen: keys are counted, and whatever the browser complains of is gathered."""

from contextlib import suppress

from django.urls import reverse
from playwright.sync_api import Error, Page, TimeoutError, expect

from tests.factories.server import CHECKER

WATCH = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));
if (self === top) self.printed = [];
// A browser without a screen ends the page that asks to print a PDF (a real one prints it): only note it.
else self.print = () => top.printed.push(location.pathname + location.search);
// Whether the page has given the cursor, and whether it is being left for another.
addEventListener("focusin", () => { self.hadCursor = true; }, { capture: true, once: true });
for (const kind of ["submit", "click"])
  addEventListener(kind, (event) => {
    const link = kind === "click" && event.target.closest?.("a[href]:not([target], [download])");
    const stays = event.target.method === "dialog" || event.submitter?.formTarget === "_blank";
    const away = kind === "submit" ? !stays : link;
    if (away && !event.defaultPrevented) self.leaving = true;
  });
self.navigation?.addEventListener("navigate", (event) => {
  self.leaving = !event.hashChange && event.downloadRequest === null;
});
"""

# A person looks before typing: the page is whole, no answer is awaited that may move the cursor, and the
# cursor is where the page puts it.
SETTLED = """() => {
  const whole = document.readyState === "complete" && !self.leaving;
  if (!whole || document.querySelector(".htmx-request")) return false;
  const takers = [...document.querySelectorAll("[autofocus]:enabled, a[autofocus]")];
  const wanted = takers.some((one) => one.checkVisibility());
  return !wanted || self.hadCursor || location.hash || document.activeElement !== document.body;
}"""

# A busy page does nothing between two of them. A scanner, too, holds Shift down for each capital.
KEYS = """([keys, after]) => {
  for (const key of keys) {
    const code = /[0-9]/.test(key) ? `Digit${key}` : key;
    const shiftKey = key.length === 1 && /[A-Z{}":]/.test(key);
    for (const said of shiftKey ? [{ key: "Shift", code: "ShiftLeft" }, { key, code }] : [{ key, code }]) {
      const pressed = new KeyboardEvent("keydown", { ...said, shiftKey, bubbles: true, cancelable: true });
      document.activeElement.dispatchEvent(pressed);
    }
    for (const until = performance.now() + after; performance.now() < until; );
  }
}"""

DESK, PHONE = {"width": 1366, "height": 768}, {"width": 360, "height": 740}
# Old monitors; 1366 pixels shown a quarter or half larger have little more.
BETWEEN = ({"width": 1024, "height": 768}, {"width": 800, "height": 600})
# Of the accessibility checker: these impacts, and no word of what is right (that takes half of its time).
# A fault has the impact of its rule: rules of another impact are not asked at all (that takes a fifth).
# The page fetches it: handed in by the test, its half megabyte would cost a third of a page.
GRAVE = ["serious", "critical"]
LOOK = """async ([checker, grave]) => {
  await new Promise((onload, onerror) => {
    document.head.append(Object.assign(document.createElement("script"), { src: checker, onload, onerror }));
  });
  const spared = axe._audit.rules.filter((one) => one.impact && !grave.includes(one.impact));
  const rules = Object.fromEntries(spared.map((one) => [one.id, { enabled: false }]));
  const asked = { rules, resultTypes: ["violations"], reporter: "no-passes", selectors: false };
  const { violations } = await axe.run(asked);
  const found = violations.filter((one) => grave.includes(one.impact));
  return found.map((one) => `${one.id} ${one.nodes[0].html}`);
}"""

# How many pixels the page is wider than the screen, and how many names have become pictures.
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
PICTURED = "document.querySelectorAll('img[src=x]').length"

# What is said in the console while the line is cut: also by whatever asks by the clock meanwhile.
CUT = ("net::ERR", "htmx:sendError")

# HTMX says this of every question that a newer one has replaced.
REPLACED = ("htmx:sendAbort", "htmx:afterRequest")


class Screen:
    """A page of the browser, as the person before it uses it."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base = page, base
        self.keys = self.letters = 0
        self.troubles: list[str] = []
        self._forgiven: list[str] = []
        self._watched = {
            "pageerror": lambda error: self.troubles.append(f"script: {error}"),
            "console": self._hear,
            "dialog": self._refuse,
        }
        for event, hear in self._watched.items():
            page.on(event, hear)

    def _hear(self, message) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(REPLACED):
            self.troubles.append(f"{message.text} ({message.location.get('url', '')})")

    def _refuse(self, dialog) -> None:
        self.troubles.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def forgive(self, *said: str) -> None:
        """The browser will say this in its console, and the test means it to: a refused form, a cut line."""
        self._forgiven += said

    def assert_calm(self) -> None:
        """No script failed, nothing was refused by the policy, no dialog popped up, no server fault.

        Of each answer that is a refusal or a fault the browser says so in its console.
        """
        left = [one for one in self.troubles if not any(said in one for said in self._forgiven)]
        assert not left, "\n".join(left)

    def open(self, name: str, *args) -> "Screen":
        """Go to a page by its name."""
        return self.go(reverse(name, args=args))

    def go(self, path: str) -> "Screen":
        self.page.goto(self.base + path)
        return self.settle()

    def arrives_at(self, name: str, *args) -> "Screen":
        """Wait until a page is there, by its name."""
        expect(self.page).to_have_url(self.base + reverse(name, args=args))
        return self.settle()

    def settle(self) -> "Screen":
        """Wait until the page is there and has put the cursor where it goes."""
        self.wait_for(SETTLED)
        return self

    def wait_for(self, function: str, arg: object = None) -> None:
        """Wait until a function of the page says yes.

        Mostly it is so already, and asking once costs a third of waiting. Then asked by the clock, as a busy
        browser may not paint; and anew each second, as a page without scripts has no clock and is looked at
        but once a question.
        """
        with suppress(Error):  # the page is being left
            if self.page.evaluate(function, arg):
                return
        for left in reversed(range(20)):
            try:
                self.page.wait_for_function(function, arg=arg, polling=20, timeout=1_000)
                return
            except TimeoutError:
                if not left:
                    raise

    def press(self, *keys: str) -> None:
        """Press these keys, one right after the other; each is counted."""
        self.settle()
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1

    def enter_on_glass(self) -> None:
        """Enter as the keyboard on a phone's screen sends it: a key without a place on any keyboard."""
        self.settle()
        line = self.page.context.new_cdp_session(self.page)
        for kind in ("keyDown", "keyUp"):
            enter = {"type": kind, "key": "Enter", "code": "", "text": "\r", "windowsVirtualKeyCode": 13}
            line.send("Input.dispatchKeyEvent", enter)
        line.detach()

    def type(self, text: str) -> None:
        """Type words; their letters are counted apart from the keys."""
        self.settle()
        self.letters += len(text)
        self.page.keyboard.type(text)

    def scan(self, code: str, *, in_one: bool = False) -> None:
        """What a scanner does: the code at once, and Enter. Not counted: nobody presses it.

        `in_one`: the whole code as one piece of text. The 200 letters of a card cost as much as five pages.
        """
        self.settle()
        (self.page.keyboard.insert_text if in_one else self.page.keyboard.type)(code)
        self.page.keyboard.press("Enter")

    def scan_here(self, code: str) -> None:
        """The same onto whatever has the cursor: key upon key, however slowly the machine hands them on."""
        self.settle()
        self.keys_here(*code, "Enter")

    def keys_here(self, *keys: str, after: int = 0) -> None:
        """The page hears these keys in one go, pressed so many milliseconds one after the other."""
        self.page.evaluate(KEYS, [keys, after])

    def answers_late(self, pattern: str) -> None:
        """From now on what is asked there takes 0.4 s longer, as on a bad line."""

        def late(route):
            self.page.wait_for_timeout(400)
            with suppress(Error):  # a newer question has taken its place
                route.continue_()

        self.page.route(pattern, late)

    def field(self, label: str):
        """The control with exactly this label."""
        return self.page.get_by_label(label, exact=True)

    def asked_to_print(self, count: int = 1) -> list[str]:
        """The papers that were asked to print since the page came, once there are so many."""
        self.wait_for("count => printed.length >= count", count)
        return self.page.evaluate("printed")

    def asked_to_print_nothing(self) -> bool:
        """Whether no paper was asked to print since the page came."""
        return self.page.evaluate("printed") == []

    def wait_for_frame(self, begins: str) -> None:
        """Wait until a frame of the page shows an address that begins so."""
        while not any(frame.url.startswith(begins) for frame in self.page.frames):
            self.page.wait_for_event("framenavigated")

    def focused(self) -> str:
        """The id, the name or the words of what holds the cursor."""
        return self.page.evaluate(
            "() => { const here = document.activeElement; return here.id || here.name || here.innerText }"
        )

    def is_wide(self) -> int:
        """How many pixels the page is wider than the screen, once its styles are there."""
        self.page.wait_for_load_state()
        return self.page.evaluate(WIDE)

    def barriers(self) -> list[str]:
        """What bars who cannot see or point from this page, as the accessibility checker finds it."""
        return self.page.evaluate(LOOK, [CHECKER, GRAVE])

    def faults_of(self, path: str, *, with_barriers: bool) -> list[str]:
        """Go to this page: names that became pictures, what phones or old screens cannot hold, barriers."""
        own = self.page.viewport_size
        self.go(path)
        faults = self.barriers() if with_barriers else []
        if self.page.evaluate(PICTURED):
            faults.append("a name is a picture")
        for size in [PHONE] if own == PHONE else [PHONE, *BETWEEN]:
            self.page.set_viewport_size(size)
            if (wide := self.page.evaluate(WIDE)) > 0:
                faults.append(f"{wide} pixels wider than a screen of {size['width']}")
        self.page.set_viewport_size(own)
        return [f"{path}: {fault}" for fault in faults]

    def leave(self) -> None:
        """Watch no longer; what has been said until now is heard."""
        with suppress(Error):
            self.page.evaluate("0")
        while self._watched:
            self.page.remove_listener(*self._watched.popitem())
