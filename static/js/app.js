/* What every screen shares: HTMX's manners, keys, lists, dialogs. No word of any language in here: they stand in #words.
   link.js minds the connection, beacon.js measures it, lock.js the lock, print.js the papers: they are sent as one (hmis/kernel/bundles.py). */
"use strict";

let isWarned = false; // that what is typed would be lost with the page
const hmis = {
  words: () => document.getElementById("words")?.dataset ?? {},

  /** The token as the cookie has it now: a page may be older than the session it speaks for. */
  csrf: () => document.cookie.match(/(?:^|; )(?:__Host-)?hmis_csrf=([^;]+)/)?.[1] ?? "",

  /** Whose page this is, and where they work: the server does nothing here for whoever has logged in, or gone to work
      elsewhere, in another tab meanwhile. */
  person: () => document.body.dataset.person ?? "",

  /** A request key: random bits of a UUID, also where the page came without https. */
  key() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    return [...bytes].map((one, at) => ([4, 6, 8, 10].includes(at) ? "-" : "") + one.toString(16).padStart(2, "0")).join("");
  },

  post: (url, body, headers = {}) =>
    fetch(url, { method: "POST", body, headers: { "X-Fetch": "1", "X-CSRFToken": hmis.csrf(), "X-Person": hmis.person(), ...headers } }),

  /** Say one sentence above the work; screen readers hear it. */
  say(sentence, tone = "t-bad") {
    const item = document.createElement("li");
    item.className = tone;
    item.textContent = sentence;
    document.getElementById("messages")?.replaceChildren(...(sentence ? [item] : []));
  },

  /** Whether a request changes nothing: what a person typed is posted also where it is only looked up (data-looks). */
  looks: ({ verb, elt }) => verb === "get" || elt.matches("[data-looks]"),

  isPoll: (detail) => !detail.triggeringEvent && /\bevery\b/.test(detail.elt.getAttribute("hx-trigger") ?? ""),

  /** A script that few pages need, fetched once. */
  fetched(src) {
    return (hmis.scripts[src] ??= new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = src;
      script.addEventListener("load", done);
      script.addEventListener("error", () => {
        script.remove();
        delete hmis.scripts[src];
        failed(new DOMException("", "NetworkError"));
      });
      document.head.append(script);
    }));
  },
  scripts: {},

  /** What stands here is not this person's to see any more: nobody is asked. */
  loadAnew() {
    isWarned = true;
    location.reload();
  },

  /** Where the key lies; what it is for on the keyboard of a phone's screen, which has no places, and among the digits
      beside the keyboard that are arrows while Num Lock is off. */
  place: ({ code, key }) => (code && !(/^Numpad\d$/.test(code) && key.length > 1) ? code : key) ?? "",
  isEnter: (event) => ["Enter", "NumpadEnter"].includes(hmis.place(event)),

  /** Devanagari's digits as 0–9. */
  digits: (text) => text.replace(/[०-९]/g, (one) => one.charCodeAt(0) - 2406),

  isReload: (event) => ["F5", "Ctrl+F5", "Ctrl+R", "Ctrl+Shift+R"].includes(keyName(event)),

  /** The box beside a note in which something stands that is not added, and why nothing is signed then: [id, words]. */
  beside: () => Object.entries(JSON.parse(document.getElementById("note")?.dataset.boxes ?? "{}"))
    .find(([id]) => document.getElementById(id)?.value.trim()),

  // Two names of one thing: browsers of Windows 7 know the second.
  seen: (element) => element.checkVisibility({ visibilityProperty: true, checkVisibilityCSS: true }) && !element.disabled,
};

/* ── HTMX ── */
document.addEventListener("htmx:configRequest", ({ detail }) => {
  detail.headers["X-Person"] = hmis.person();
  if (detail.verb !== "get") {
    detail.headers["X-CSRFToken"] = hmis.csrf();
    detail.parameters.delete?.("csrfmiddlewaretoken"); // Django would look at a stale one first
  }
  if (hmis.isPoll(detail)) detail.headers["X-Polling"] = "1"; // a screen that refreshes itself is not a person at work
});

document.addEventListener("htmx:beforeRequest", (event) => {
  const idle = document.hidden || document.documentElement.classList.contains("is-locked");
  if (idle && hmis.isPoll({ ...event.detail, triggeringEvent: event.detail.requestConfig.triggeringEvent }))
    event.preventDefault();
});

document.addEventListener("htmx:beforeSwap", (event) => {
  // The session is over and the login page came in place of a fragment: show it whole.
  const login = document.body.dataset.login;
  if (login && new URL(event.detail.xhr.responseURL || location.href).pathname === login) {
    event.detail.shouldSwap = false;
    isWarned = true;
    location.assign(login);
  }
});

document.addEventListener("htmx:responseError", ({ detail }) => {
  const { status } = detail.xhr;
  if (status === 401 || [502, 503, 504].includes(status)) return; // lock.js and link.js
  const words = hmis.words();
  hmis.say({ 403: words.forbidden, 404: words.missing, 409: words.conflict, 412: words.elsewhere, 429: words.tooMany }[status] ?? words.fault);
});

/** The first thing in here that is to be put right: a box, or the button of a row of them. */
function amiss(part) {
  const wrong = part?.querySelector("[aria-invalid=true], .is-invalid");
  return wrong?.matches("fieldset") ? wrong.querySelector("input:checked") ?? wrong.querySelector("input") : wrong;
}

// The event comes from what is new on the page; `detail.target` may be what it took the place of.
document.addEventListener("htmx:afterSwap", ({ target, detail }) => {
  if (hmis.looks(detail.requestConfig)) return;
  (amiss(target) ?? target.querySelector("[autofocus]"))?.focus();
  goOn(detail.target);
  // What had the cursor is gone with what it was in: on with the work.
  if (document.activeElement === document.body) document.querySelector("main [autofocus]")?.focus();
});

// HTMX sets the cursor by autofocus as it settles. A question that must be answered goes before that, and what is to be
// put right before whatever stands above it.
document.addEventListener("htmx:afterSettle", ({ target, detail }) => {
  if (hmis.looks(detail.requestConfig)) return;
  (document.querySelector("main .ask [autofocus]") ?? amiss(target))?.focus();
});

/** In a list of forms (data-goes-on) that is saved one by one the cursor goes on to the next one's first box. */
function goOn(target) {
  const saved = document.getElementById(target.id);
  if (!saved?.closest("[data-goes-on]") || saved.querySelector("[aria-invalid=true], .ask")) return;
  const next = saved.nextElementSibling?.querySelector("input:not([type=hidden], [tabindex='-1']), textarea");
  (next ?? document.querySelector("[data-key='F2']"))?.focus();
  next?.select?.();
}

/* ── Keys: by position (event.code), since letters differ on a Hindi layout ── */
const keyName = (event) =>
  [event.ctrlKey && "Ctrl", event.altKey && "Alt", event.shiftKey && "Shift",
    hmis.place(event).replace(event.altKey ? /^(Key|Digit)/ : /^(Key|Digit|Numpad)(?=.)/, "")].filter(Boolean).join("+");

/** The element on top that answers to this key: in the open dialog if there is one. */
const ground = () => [...document.querySelectorAll("dialog[open]")].at(-1) ?? document;
// What signs something (data-here) answers only where the cursor is in its own part, never from afar.
const isNear = (one) => !("here" in one.dataset) || one.closest("[data-part]")?.contains(document.activeElement);
const holders = (key) =>
  [...ground().querySelectorAll(`[data-key="${key.replace(/["\\]/g, "")}"]`)].filter((one) => hmis.seen(one) && isNear(one));
/** Of several the one in the part of the screen where the cursor is: Alt 1 chooses a medicine there, a disease elsewhere. */
function holder(key) {
  const found = holders(key), part = document.activeElement?.closest("[data-part]");
  return found.find((one) => part?.contains(one)) ?? found[0];
}
const isWriting = (element) => element.matches("input:not([type=radio], [type=checkbox], [type=submit], [type=button]), select, textarea");

/** What this key does with the row that is here: a button of each row bears `data-row-key`. */
const inRow = (key) => ground().querySelector(`.is-here [data-row-key="${key.replace(/["\\]/g, "")}"]`);

function press(element) {
  if (element.matches("nav")) currentLink(element)?.focus();
  else if (isWriting(element)) {
    element.focus();
    element.select?.();
  } else {
    if (element.matches("input")) element.focus();
    element.click();
  }
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.defaultPrevented) return;
  const key = keyName(event);
  if (isScan(event, key)) return;
  if (key === "F1") return showKeys(event);
  if (key === "Ctrl+J") return event.preventDefault(); // a scanner's line feed: it would open the browser's downloads
  // Held down, a key acts once: the next one's answer is not the last one's.
  if (event.repeat && key === "Enter" && !event.target.matches("textarea")) return event.preventDefault();
  if (key === "F6" || key === "Shift+F6") return nextPart(event);
  if (key === "ArrowLeft" || key === "ArrowRight") return alongLinks(event);
  if (key === "Enter" && (fillBox(event) || nextBox(event) || namedButton(event))) return;
  if (["ArrowDown", "ArrowUp"].includes(hmis.place(event)) || key === "Enter") return inList(event);
  // A bare digit answers a question only where nobody writes.
  const element = key.length === 1 && isWriting(event.target) ? undefined : inRow(key) ?? holder(key);
  if (!element) return catchStray(event);
  event.preventDefault();
  if (event.repeat) return;
  // Leaving by Esc would lose what was typed: it only shows the way out, and Enter takes it.
  if (key === "Escape" && document.querySelector("form[data-typed], main .kept")) element.focus();
  else press(element);
});

/**
 * A scanner types faster than anybody. What it types onto a button is the next patient: no answer about this one.
 * The time between two keys is that of their pressing: where the page was busy, its own clock comes late.
 */
const FAST = 99;
let scanned = "", only, typedAt, scanEnds;
function isScan(event, key) {
  if (["Shift", "CapsLock", "AltGraph"].includes(event.key)) return false; // its next letter is a capital
  const isOne = event.key.trim().length === 1 && !(event.ctrlKey || event.altKey || event.metaKey) && !isWriting(event.target);
  if (isOne && (scanned || event.target.matches("a, button, summary, input") || inRow(key) || holder(key))) {
    event.preventDefault();
    if (event.repeat) return true;
    if (event.timeStamp - typedAt > FAST) endScan();
    scanned += event.key;
    [only, typedAt] = [key, event.timeStamp];
    clearTimeout(scanEnds);
    scanEnds = setTimeout(endScan, FAST);
    return true;
  }
  if (scanned.length < 2) endScan();
  if (key !== "Enter" || !scanned) return false;
  event.preventDefault();
  clearTimeout(scanEnds);
  const box = holder("F2");
  if (box?.form) {
    box.value = scanned;
    box.focus();
    box.form.requestSubmit();
  } else hmis.say(hmis.words().unfinished, "t-warn");
  scanned = "";
  return true;
}

function endScan() {
  const element = scanned.length === 1 && (inRow(only) ?? holder(only)); // alone after all: it was pressed
  scanned = "";
  if (element) press(element);
}

/** The list below a box that may hold other words, too: Enter takes the one that ↑ ↓ have reached, once more goes on. */
function fillBox(event) {
  const list = event.target.matches("input[aria-controls]") && document.getElementById(event.target.getAttribute("aria-controls"));
  const here = list && list.querySelector("[data-fills].is-here");
  if (!here) return false;
  event.preventDefault();
  here.click();
  return true;
}

function fill(word) {
  const list = word.closest("[data-list]");
  const box = document.querySelector(`input[aria-controls="${list.id}"]`);
  box.value = word.value;
  box.removeAttribute("aria-activedescendant");
  list.replaceChildren();
  box.focus();
}

/** In a row of boxes Enter goes to the next one; from the last it sends the form, or goes to the button named there. */
function nextBox(event) {
  const { target } = event, form = target.closest("form[data-enter-next]");
  if (!form || !target.matches("input, select")) return false;
  const boxes = [...form.querySelectorAll("input:not([type=hidden], [tabindex='-1']), select, textarea")].filter(hmis.seen);
  const button = form.dataset.enterNext;
  const next = boxes.slice(boxes.indexOf(target) + 1).find((one) => one.type !== "radio" || one.name !== target.name)
    ?? (button && form.querySelector(button));
  event.preventDefault();
  if (next) {
    next.focus();
    if (next.matches("input")) next.select();
  } else form.requestSubmit();
  return true;
}

/** A box among others of one form has a button of its own (data-enter): Enter presses that one, never another. */
function namedButton(event) {
  const button = event.target.dataset?.enter && document.querySelector(event.target.dataset.enter);
  if (!button) return false;
  event.preventDefault();
  button.click();
  return true;
}

/** Letters with nothing in focus, a scanner's above all, are meant for the search. */
function catchStray({ key, target, ctrlKey, altKey, metaKey }) {
  const nowhere = target === document.body || target.id === "main";
  const box = nowhere && key.length === 1 && key !== " " && !(ctrlKey || altKey || metaKey) && holder("F2");
  if (box) press(box);
}

// The browser heeds autofocus only as it paints: who types ahead need not wait for that.
if (document.activeElement === document.body && !location.hash) document.querySelector("[autofocus]")?.focus();
amiss(document.querySelector("main"))?.focus(); // a refused form
// What was searched gives way to the next scan.
if (document.activeElement.matches("[data-key='F2']")) document.activeElement.select();

document.addEventListener("input", ({ target }) => {
  const form = target.form;
  if (form?.matches("main form:not([role=search])") && form.method === "post") form.dataset.typed = "";
});

/** Whether something would be lost with the page; a refused form was typed before it came back. */
function isTyped() {
  const main = document.getElementById("main");
  return Boolean(main?.querySelector("form[data-typed], .kept") ?? amiss(main) ?? hmis.beside());
}

// A page that is loaded anew comes empty: no browser keeps what was typed into a patient's page (no-store). F5 says so first.
document.addEventListener("input", () => { isWarned = false; });
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || isWarned || !hmis.isReload(event) || !isTyped()) return;
  event.preventDefault();
  isWarned = true;
  hmis.say(hmis.words().reloadLost, "t-warn");
});

// Any other way out (the browser's own buttons, a pull on a phone, a link): the browser asks, in its own words. Not where
// the form is sent, the way out is meant (Esc, and nothing is kept), the screen is locked, or all that was typed is in a note: that
// saves itself, but its kept signature does not.
addEventListener("beforeunload", (event) => {
  if (isWarned || document.documentElement.classList.contains("is-locked")) return;
  if (document.querySelector("main form[data-typed]:not([data-boxes]), main .kept") || hmis.beside() || amiss(document.getElementById("main"))) {
    event.preventDefault();
    event.returnValue = true; // the Chrome of Windows 7 asks for this alone
  }
});
addEventListener("submit", (event) => {
  if (!event.defaultPrevented && (event.target.matches("form.lang, [data-typed]") || amiss(event.target))) isWarned = true;
});
document.addEventListener("click", ({ target }) => { if (target.closest("a[data-key=Escape]")) isWarned = !document.querySelector("main .kept"); });
// What is scanned next, or once more, while the answer to a scan is still on its way is a scan of its own.
addEventListener("submit", ({ target, defaultPrevented }) => {
  const box = target.matches("form[role=search]") && target.querySelector("[data-key=F2]");
  // Where HTMX searches (it prevents the default), words may go on; a whole number does not.
  if (box && (!defaultPrevented || box.value.replace(/\D/g, "").length >= 10)) box.select();
});
document.addEventListener("htmx:beforeOnLoad", ({ detail }) => {
  if (detail.xhr.getResponseHeader("HX-Redirect")) isWarned = true;
});
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.successful && detail.elt.matches("form") && !hmis.looks(detail.requestConfig)) delete detail.elt.dataset.typed;
});

// The other language is another page: what was typed would be lost. The first press says so, a second one goes.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form.lang") || "warned" in form.dataset || !isTyped()) return;
  event.preventDefault();
  form.dataset.warned = "";
  hmis.say(hmis.words().typedLost, "t-warn");
});

function showKeys(event) {
  event.preventDefault();
  const dialog = document.getElementById("keys");
  if (!dialog || document.querySelector("dialog[open]")) return;
  const list = dialog.querySelector("dl");
  const told = new Map();
  for (const element of document.querySelectorAll("[data-key]"))
    if (hmis.seen(element) && element.dataset.key !== "F1") told.set(element.dataset.key, labelOf(element));
  told.set("F6", list.dataset.nextPart);
  if (document.querySelector("[data-list]")) told.set("↑ ↓", list.dataset.move);
  told.set("Enter", list.dataset.choose);
  list.replaceChildren(...[...told].flatMap(([key, label]) => {
    const [term, words, cap] = ["dt", "dd", "kbd"].map((name) => document.createElement(name));
    cap.className = "key";
    cap.textContent = key.replace("+", " ").replace("Escape", "Esc");
    term.append(cap);
    words.textContent = label;
    return [term, words];
  }));
  dialog.showModal();
}

function labelOf(element) {
  if (element.dataset.keyLabel) return element.dataset.keyLabel;
  const copy = (element.labels?.[0] ?? element).cloneNode(true);
  copy.querySelectorAll("kbd").forEach((cap) => cap.remove());
  return copy.textContent.trim() || element.getAttribute("aria-label") || "";
}

const currentLink = (nav) => nav.querySelector("[aria-current]") ?? nav.querySelector("a");

/** ← → go along the bar and along a row of tabs. */
function alongLinks(event) {
  const links = [...(event.target.closest("nav")?.querySelectorAll("a") ?? [])];
  const next = links[links.indexOf(event.target) + (hmis.place(event) === "ArrowRight" ? 1 : -1)];
  if (!links.includes(event.target) || !next || event.altKey || event.ctrlKey) return;
  event.preventDefault();
  next.focus();
}

const REACH = "input:not([type=hidden]), select, textarea, button:not([tabindex='-1']), a[href], [tabindex='0']";

function nextPart(event) {
  // The tabs above the work come last, so that F6 begins with the work and Shift F6 with them.
  const parts = ["main form[role=search], main .panel, main [data-part]", ".topbar + .tabs"]
    .flatMap((kind) => [...document.querySelectorAll(kind)])
    .filter((part) => hmis.seen(part) && [...part.querySelectorAll(REACH)].some(hmis.seen));
  if (!parts.length) return;
  event.preventDefault();
  const here = parts.findLastIndex((part) => part.contains(document.activeElement));
  const step = event.shiftKey ? -1 : 1;
  const next = parts[here < 0 && step > 0 ? 0 : (Math.max(here, 0) + step + parts.length) % parts.length];
  const first = [...next.querySelectorAll("[data-first]"), ...next.querySelectorAll(REACH)].find(hmis.seen);
  (next.matches("nav") ? currentLink(next) : first).focus();
}

/* ── Lists: ↑ ↓ move .is-here, Enter chooses. The search box, or nothing at all in focus, drives the first list ── */
const itemsOf = (list) =>
  [...list.querySelectorAll("[role=option], [data-row], tbody tr, :scope > tr")]
    .filter((item) => item.matches("a, button") || item.querySelector("a, button"));

const isAfar = (element) => element === document.body || element.id === "main" || element.matches("[aria-controls], [data-key=F2]");

function listFor(element) {
  if (!isAfar(element)) return element.closest("[data-list]");
  // What was searched stands alone: where nobody is found, Enter opens no other list's row.
  const found = document.getElementById("found")?.childElementCount ? "found" : "main";
  const named = document.getElementById(element.getAttribute("aria-controls") ?? found);
  return named?.matches("[data-list]") ? named : named?.querySelector("[data-list]");
}

function inList(event) {
  const { target } = event;
  const list = listFor(target);
  if (!list || event.altKey || event.ctrlKey || target.matches("select, textarea")) return;
  const items = itemsOf(list);
  const here = items.findIndex((item) => item.classList.contains("is-here"));
  if (hmis.place(event).startsWith("Arrow")) {
    if (!items.length) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(items.length - 1, here + (hmis.place(event) === "ArrowDown" ? 1 : -1)));
    return moveHere(list, items[next], target);
  }
  // Enter in the search box: search first if the words are newer than what is shown.
  const afar = isAfar(target);
  if (here < 0 || (afar && target.value !== target.dataset.shown) || (!afar && target.matches("a, button, input"))) return;
  event.preventDefault();
  choose(items[here]);
}

const mark = (list, item) => itemsOf(list).forEach((other) => {
  other.classList.toggle("is-here", other === item);
  other.setAttribute("aria-selected", other === item);
});

function moveHere(list, item, from) {
  mark(list, item);
  item.scrollIntoView({ block: "nearest" });
  if (from.matches("input")) {
    if (item.id) from.setAttribute("aria-activedescendant", item.id);
  } else doorOf(item)?.focus(); // Enter presses what has the cursor
}

/** What a row leads to: the link that says so, else its first one. */
const doorOf = (item) => (item.matches("a, button") ? item : item.querySelector("[data-choose]") ?? item.querySelector("a, button"));
const choose = (item) => doorOf(item)?.click();

// A list that looks again by itself keeps its mark; HTMX gives the cursor back to what has an id.
let marked;
document.addEventListener("htmx:beforeSwap", ({ detail: { requestConfig, target } }) => {
  marked = hmis.isPoll(requestConfig) && target.querySelector(".is-here [id]")?.id;
});
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  const row = marked && document.getElementById(marked)?.closest("[data-row]");
  if (row) mark(row.closest("[data-list]"), row);
  const sent = detail.requestConfig.formData;
  for (const box of document.querySelectorAll("input[aria-controls], input[data-key=F2]"))
    if (sent?.has(box.name)) box.dataset.shown = sent.get(box.name);
});

/* ── Typed ahead: what is written into a box of lines (data-ahead) while a line is on its way belongs to the next one ── */
// A request → [[a box's id, what it held when the line went out, and when the answer came, and whether it had the cursor]].
const lines = new WeakMap();
document.addEventListener("htmx:beforeRequest", ({ detail: { requestConfig, target } }) => {
  if (hmis.looks(requestConfig)) return;
  lines.set(requestConfig, [...target.querySelectorAll("[data-ahead]")].map((box) => [box.id, box.value]));
});
document.addEventListener("htmx:beforeSwap", ({ detail: { requestConfig } }) => {
  lines.get(requestConfig)?.forEach((line) => line.push(document.getElementById(line[0])?.value, document.activeElement.id === line[0]));
});
// Not before HTMX knows the new box: what stands in it by then has not changed for HTMX, and is never searched.
document.addEventListener("htmx:afterSettle", ({ detail: { requestConfig } }) => {
  for (const [id, sent, now = sent, isHere] of lines.get(requestConfig) ?? []) {
    const box = document.getElementById(id), isMore = now.startsWith(sent);
    if (now === sent || !box || !isMore && !["", sent].includes(box.value)) continue;
    box.value = isMore ? box.value + now.slice(sent.length) : now;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    // Before an alert, too: whoever writes keeps the cursor.
    if (isHere) box.focus();
  }
  lines.delete(requestConfig);
});

/* ── Small things ── */
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) document.querySelector(opener.dataset.open)?.showModal();
  if (event.target.closest("[data-key='F1']")) showKeys(event);
  const word = event.target.closest("[data-fills]");
  if (word) fill(word);
  const theme = event.target.closest("[data-theme-switch]");
  if (theme) {
    const root = document.documentElement;
    root.dataset.bsTheme = root.dataset.bsTheme === "dark" ? "light" : "dark";
    document.cookie = `hmis_theme=${root.dataset.bsTheme}; path=/; max-age=31536000; samesite=lax`;
  }
  for (const menu of document.querySelectorAll("details.me[open]")) if (!menu.contains(event.target)) menu.open = false;
});
// In a bar or a row of tabs that a phone shows in part, the place where one is.
for (const here of document.querySelectorAll(":is(.topnav, .tabs) [aria-current]"))
  here.parentElement.scrollLeft = here.offsetLeft - here.parentElement.offsetLeft - 24;
document.querySelectorAll("[data-theme-switch]").forEach((button) => { button.hidden = false; });
// A browser's own button for a file speaks the browser's language.
for (const input of document.querySelectorAll(".file > input")) {
  const [label, name] = input.parentElement.querySelectorAll("[hidden]");
  const say = () => { name.value = input.files[0]?.name ?? name.defaultValue; };
  input.classList.add("visually-hidden");
  label.hidden = name.hidden = false;
  input.addEventListener("change", say);
  say(); // a page loaded anew may have kept what was chosen
}

/* ── The camera's buttons show where one is, or may be: without https the browser does not even say ── */
async function offerCamera() {
  const buttons = document.querySelectorAll("[data-scan]");
  if (!buttons.length) return;
  const devices = navigator.mediaDevices;
  const found = devices?.enumerateDevices ? await devices.enumerateDevices().catch(() => []) : [];
  const show = found.some((one) => one.kind === "videoinput") || (!devices && matchMedia("(pointer: coarse)").matches);
  buttons.forEach((button) => { button.hidden = !show; });
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-scan]");
  if (button) hmis.fetched(document.getElementById("scanner").dataset.opens)
    .then(() => hmis.scan(button), () => hmis.say(hmis.words().noConnection, "t-warn"));
});
navigator.mediaDevices?.addEventListener?.("devicechange", offerCamera);
htmx.onLoad(offerCamera);
