/* The connection: its state in the top bar, and forms that could not be sent. A kept form goes out again once for each
   time the connection comes back, with the very fields it had (its request_key too), so the server knows it for the same.
   A form that the browser sends by itself would go with its page where nothing answers: it is asked first. A locked screen
   sends nothing: its password does. */
"use strict";

(() => {
  const good = document.getElementById("link-good");
  const lost = document.getElementById("link-lost");
  const { healthz } = document.body.dataset;
  if (!good || !healthz) return;
  const CALM = 30_000, TROUBLE = 10_000, PATIENCE = 8_000;
  const QUICK = 3_000, FRESH = 5_000, WRITING = 3_000; // how long a press waits, an answer counts, a correction is written
  const kept = new Map(); // form → what was sent, or the button of one that the browser sends; and what stood in its box of scans
  let connected = true, heard = performance.now(), timer, active = false, asked = 0, meanwhile = "";

  function show(now, isBack = now && !connected) {
    if (now) asked += 1; // a question that is still out is older than this answer: its silence says nothing
    connected = now;
    if (now) heard = performance.now();
    good.hidden = !now;
    lost.hidden = now;
    schedule();
    if (isBack) for (const element of [...kept.keys()]) sendAgain(element);
  }

  const schedule = (wait = connected ? CALM : TROUBLE) => {
    clearTimeout(timer);
    timer = setTimeout(ask, wait);
  };

  const isSure = () => connected && performance.now() - heard < FRESH;

  async function ask(patience = PATIENCE) {
    if (document.hidden && connected) return schedule();
    // A person who types without sending is at work: only a quiet screen's question is marked as polling.
    const headers = active ? {} : { "X-Polling": "1" };
    active = false;
    const mine = (asked += 1);
    const up = await fetch(healthz, { headers, cache: "no-store", signal: AbortSignal.timeout(patience) })
      .then((answer) => answer.ok, () => false);
    if (mine === asked) show(up);
  }

  function keep({ detail }) {
    show(false);
    const { elt, requestConfig: sent } = detail;
    if (hmis.looks(sent) || elt.matches("[role=search]")) return forget(elt); // a question is simply asked again
    if (!elt.matches("form")) return forget(elt), warn(hmis.words().noConnection); // so is the press of a button
    hold(elt, sent);
    tell(elt);
  }

  const warn = (sentence) => hmis.say(sentence, "t-warn");

  function tell(elt) {
    if (elt.querySelector(":scope > .kept")) return;
    elt.insertAdjacentHTML("beforeend", '<p class="kept state t-hold" role="status"></p>');
    elt.lastChild.textContent = hmis.words().kept;
  }

  const search = () => document.querySelector("form[role=search] [data-key=F2]");
  /** `searched`: what stood in the search when it was sent. */
  const hold = (element, { verb, path, target, formData: values, triggeringEvent: event }) =>
    kept.set(element, { verb, path, target, values, event, searched: kept.get(element)?.searched ?? search()?.value });

  function forget(element) {
    kept.delete(element);
    element.querySelector?.(":scope > .kept")?.remove();
  }

  function sendAgain(element) {
    const one = kept.get(element), { verb, path, target, values, event, typed = -WRITING } = one;
    const wait = typed + WRITING - performance.now(); // nothing goes out in the middle of a correction
    if (!element.isConnected) return kept.delete(element);
    if (document.documentElement.classList.contains("is-locked")) return;
    clearTimeout(one.timer);
    if (wait > 0) {
      one.timer = setTimeout(() => { if (connected && kept.get(element) === one) sendAgain(element); }, wait);
      return;
    }
    if (!verb) return leaveBy(element, one);
    // HTMX takes the button that was pressed, or reached, last.
    (element["htmx-internal-data"] ?? {}).lastButtonClicked = event?.submitter;
    htmx.ajax(verb, path, { source: element, event, target, values, swap: element.getAttribute("hx-swap") ?? undefined })
      .catch(() => {}); // kept once more
  }

  const hasOther = (form, ...more) => [...kept.keys(), ...more].some((one) => one !== form && one.isConnected);

  /** The page is not left by itself where something else is written in it. */
  function leaveBy(form, { submitter, box, said, isPassed }) {
    forget(form);
    if (isPassed || hasOther(form, ...document.querySelectorAll("main form[data-typed]")) || hmis.beside()) return warn(hmis.words().again);
    if (box) box.value = said;
    form.requestSubmit(submitter?.form === form ? submitter : null);
  }

  // What answers a question takes no form away whose own answer is still out: nobody would hear what became of it.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const { requestConfig: sent, target } = detail;
    if (sent.elt.matches("form:not([role=search]), button") || !target.querySelector("form:not([role=search]).htmx-request, .kept")) return;
    detail.shouldSwap = false;
    if (!hmis.isPoll(sent)) warn(hmis.words().unfinished);
  });

  const gone = ({ detail }) => [502, 503, 504].includes(detail.xhr.status);
  for (const name of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(name, keep);
  document.addEventListener("htmx:responseError", (event) => { if (gone(event)) keep(event); });
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (gone(event)) return;
    show(true);
    const { elt } = event.detail, typed = search()?.value;
    meanwhile = kept.has(elt) && typed !== kept.get(elt).searched ? typed : "";
    forget(elt); // answered, whatever the answer
  });
  // What was typed into the search while the form was kept outlives its answer.
  document.addEventListener("htmx:afterSettle", () => {
    const box = meanwhile && search();
    if (!box) return;
    [box.value, meanwhile] = [meanwhile, ""];
    box.dispatchEvent(new Event("input", { bubbles: true }));
  });
  // Changed since: what goes out then is what stands in the form. Who went on with something else is not taken from it.
  document.addEventListener("input", ({ target }) => {
    for (const [form, one] of kept)
      Object.assign(one, form === target.form ? { values: undefined, typed: performance.now() } : { isPassed: true });
  });
  // A form that the browser sends by itself; not one whose answer opens beside this page. One page sends one: the first.
  addEventListener("submit", async (event) => {
    const { target: form, submitter } = event;
    if (event.defaultPrevented || !form.matches("main form[method=post]:not([target])") || submitter?.formTarget) return;
    const box = form.querySelector("[data-each]"), mine = { submitter, box, said: box?.value }, first = kept.get(form) ?? mine;
    const isNext = first.said !== mine.said, isLate = isNext || hasOther(form) || hmis.isElsewhere;
    if (!isLate && isSure()) return;
    event.preventDefault();
    isWarned = false;
    if (isNext) {
      first.typed = performance.now(); // what is said of it stands for a while
      box.value = first.said;
      box.select();
      tell(form);
    }
    if (isLate) return warn(hmis.isElsewhere ? hmis.words().elsewhere : hmis.words().noConnection);
    kept.set(form, mine);
    await ask(QUICK);
    if (kept.get(form) !== mine) return;
    if (isSure()) return sendAgain(form);
    show(false);
    tell(form);
  });
  for (const name of ["keydown", "pointerdown"]) document.addEventListener(name, () => { active = true; }, { passive: true });
  addEventListener("offline", () => show(false));
  addEventListener("online", () => ask());
  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
  hmis.sendAgain = (detail) => {
    hold(detail.elt, detail.requestConfig);
    sendAgain(detail.elt);
  };
  hmis.forget = forget;
  hmis.sendKept = () => show(true, true);
  schedule();
})();
