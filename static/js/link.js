/* The connection: its state in the top bar, and forms that could not be sent. A kept form goes out again once for each
   time the connection comes back, with the very fields it had (its request_key too), so the server knows it for the same. */
"use strict";

(() => {
  const good = document.getElementById("link-good");
  const lost = document.getElementById("link-lost");
  const { healthz } = document.body.dataset;
  if (!good || !healthz) return;
  const CALM = 30_000, TROUBLE = 10_000, PATIENCE = 8_000;
  const kept = new Map(); // form → what was sent
  let connected = true, timer, active = false, asked = 0;

  function show(now) {
    if (now) asked += 1; // a question that is still out is older than this answer: its silence says nothing
    const back = now && !connected;
    connected = now;
    good.hidden = !now;
    lost.hidden = now;
    schedule();
    if (back) for (const element of [...kept.keys()]) sendAgain(element);
  }

  const schedule = (wait = connected ? CALM : TROUBLE) => {
    clearTimeout(timer);
    timer = setTimeout(ask, wait);
  };

  async function ask() {
    if (document.hidden && connected) return schedule();
    // A person who types without sending is at work: only a quiet screen's question is marked as polling.
    const headers = active ? {} : { "X-Polling": "1" };
    active = false;
    const mine = (asked += 1);
    const up = await fetch(healthz, { headers, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) })
      .then((answer) => answer.ok, () => false);
    if (mine === asked) show(up);
  }

  function keep({ detail }) {
    show(false);
    const { elt, requestConfig: sent } = detail;
    if (sent.verb === "get" || !elt.matches("form:not([role=search])")) return; // a question is simply asked again
    kept.set(elt, { verb: sent.verb, path: sent.path, target: sent.target, values: sent.formData });
    if (elt.querySelector(":scope > .kept")) return;
    const note = document.createElement("p");
    note.className = "kept state t-hold";
    note.setAttribute("role", "status");
    note.textContent = hmis.words().kept;
    elt.append(note);
  }

  function forget(element) {
    kept.delete(element);
    element.querySelector?.(":scope > .kept")?.remove();
  }

  function sendAgain(element) {
    const { verb, path, target, values } = kept.get(element);
    if (!element.isConnected) return kept.delete(element);
    htmx.ajax(verb, path, { source: element, target, values, swap: element.getAttribute("hx-swap") ?? undefined });
  }

  const gone = ({ detail }) => [502, 503, 504].includes(detail.xhr.status);
  for (const name of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(name, keep);
  document.addEventListener("htmx:responseError", (event) => { if (gone(event)) keep(event); });
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (gone(event)) return;
    show(true);
    forget(event.detail.elt); // answered, whatever the answer
  });
  // Changed since: what goes out then is what stands in the form.
  document.addEventListener("input", ({ target }) => {
    if (kept.has(target.form)) kept.get(target.form).values = undefined;
  });
  for (const name of ["keydown", "pointerdown"]) document.addEventListener(name, () => { active = true; }, { passive: true });
  addEventListener("offline", () => show(false));
  addEventListener("online", ask);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
  hmis.sendAgain = (detail) => {
    kept.set(detail.elt, { verb: detail.requestConfig.verb, path: detail.requestConfig.path, target: detail.requestConfig.target, values: detail.requestConfig.formData });
    sendAgain(detail.elt);
  };
  schedule();
})();
