/* The doctor's room: the note saves itself 2.5 s after the last letter, on leaving a field and on leaving the page, with
   the version it went out from. Without a connection the text stays in the page and, sealed with a key that only this
   person's page brings, in this browser; it goes out when the line is back. What another window saved is shown beside it. */
"use strict";

(() => {
  const WAIT = 2_500, AGAIN = 10_000, OLD = 48 * 3_600_000, SHELF = "hmis-note-";
  let timer, busy = null, dirty = false, stopped = false, failed = false, outlives = false, theirs = null;

  const note = () => document.getElementById("note");
  const question = () => document.querySelector("[data-keep-mine]");

  function show(words, tone) {
    const place = document.getElementById("saved");
    if (!place) return;
    place.className = `state ${tone}`;
    place.textContent = words;
  }

  /* ── Saving ── */
  function body(form) {
    const sent = new FormData(form);
    sent.set("request_key", hmis.key()); // each text is a sending of its own; the form's key is the signature's
    return sent;
  }

  function later(wait = WAIT) {
    clearTimeout(timer);
    timer = setTimeout(() => save(), wait);
  }

  function save({ leaving = false } = {}) {
    const form = note();
    clearTimeout(timer);
    // One at a time: a second from the same version would meet the first. What came after it goes out when it is answered;
    // a page that is left before is sealed, unless all of it lies in a request that outlives the page.
    if (form && busy && leaving && (dirty || !outlives)) seal(form);
    if (!form || !dirty || stopped || busy) return busy;
    if (document.documentElement.classList.contains("is-locked")) {
      seal(form); // perhaps another person gives a password: then this page is gone
      return later(AGAIN);
    }
    [dirty, outlives] = [false, leaving];
    const repeated = failed, sentAt = performance.now(); // sent again by itself: nobody is typing
    show(form.dataset.saving, "t-idle");
    busy = fetch(form.action, {
      method: "POST", body: body(form), keepalive: leaving,
      headers: { "X-Fetch": "1", "X-CSRFToken": hmis.csrf(), "X-Person": hmis.person(), ...(repeated ? { "X-Polling": "1" } : {}) },
    }).then((answer) => answered(form, answer, sentAt), () => unsent(form)).finally(() => {
      busy = null;
      if (!dirty || stopped) return;
      if (document.hidden && !failed) save({ leaving: true });
      else later(failed ? AGAIN : WAIT);
    });
    return busy;
  }

  function goOnFrom(form, said) {
    form.elements.version.value = said.version;
    if (form.elements.follow_up_was) form.elements.follow_up_was.value = said.follow_up; // a ward's note has no such day
  }

  async function answered(form, answer, sentAt) {
    if (form !== note()) return;
    if (answer.status === 401) {
      const state = answer.headers.get("X-Locked");
      unsent(form);
      if (state === "other") hmis.loadAnew(); // another person's by now
      else document.dispatchEvent(new CustomEvent("hmis:locked", { detail: { state, sentAt } }));
      return;
    }
    if (answer.redirected || answer.status >= 500) return unsent(form);
    if (answer.status === 403 || answer.status === 404) {
      stopped = true;
      return show(form.dataset.gone, "t-bad");
    }
    const said = await answer.json().catch(() => null);
    if (!said) return unsent(form);
    failed = false;
    mark(said.errors ?? {});
    if (answer.status === 422) return show(`${form.dataset.wrong} ${Object.values(said.errors)[0] ?? ""}`, "t-warn");
    if (answer.status === 409) {
      [stopped, theirs] = [true, said]; // until the person has chosen
      document.getElementById("conflict").innerHTML = said.html;
      question().focus({ preventScroll: true });
      return document.getElementById("conflict").scrollIntoView({ block: "center" });
    }
    goOnFrom(form, said);
    const again = document.getElementById("come-again");
    if (again) again.textContent = said.come_again;
    show(`${form.dataset.saved} ${said.saved_at}`, "t-good");
    if (!dirty) delete form.dataset.typed;
    forget(form);
  }

  function unsent(form) {
    dirty = failed = true;
    show(form.dataset.unsent, "t-warn");
    seal(form);
  }

  /** What is wrong stands at its field. */
  function mark(errors) {
    for (const field of note().elements) {
      if (!field.name || field.type === "hidden" || field.type === "submit") continue;
      const wrong = errors[field.name];
      field.classList.toggle("is-invalid", Boolean(wrong));
      let place = document.getElementById(`${field.id}-error`);
      if (!wrong) {
        place?.remove();
        field.removeAttribute("aria-invalid");
        continue;
      }
      field.setAttribute("aria-invalid", "true");
      if (!place) {
        place = document.createElement("div");
        place.id = `${field.id}-error`;
        place.className = "invalid-feedback d-block";
        field.setAttribute("aria-describedby", place.id);
        field.after(place);
      }
      place.textContent = wrong;
    }
  }

  /* ── Kept in this browser while the line is down ── */
  const text = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
  const bytes = (said) => Uint8Array.from(atob(said), (one) => one.charCodeAt(0));
  const keyOf = (form) => crypto.subtle.importKey("raw",
    Uint8Array.from(form.dataset.keepKey.match(/../g), (two) => parseInt(two, 16)), "AES-GCM", false, ["encrypt", "decrypt"]);
  const written = (form) => [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken" && name !== "request_key");

  let seals = 0;
  async function seal(form) {
    if (!crypto.subtle) return; // without https the page alone keeps it
    const turn = ++seals; // of two under way at once the newer text stays, whichever is ready first
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const plain = new TextEncoder().encode(JSON.stringify(written(form)));
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await keyOf(form), plain);
    if ((dirty || busy) && turn === seals) localStorage.setItem(SHELF + form.dataset.note, JSON.stringify({ at: Date.now(), iv: text(iv), sealed: text(sealed) }));
  }

  const forget = (form) => localStorage.removeItem(SHELF + form.dataset.note);

  async function unseal(form) {
    const held = localStorage.getItem(SHELF + form.dataset.note);
    if (!held || !crypto.subtle) return;
    try {
      const { iv, sealed } = JSON.parse(held);
      const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes(iv) }, await keyOf(form), bytes(sealed));
      for (const field of form.elements) if (field.type === "checkbox") field.checked = false;
      for (const [name, value] of JSON.parse(new TextDecoder().decode(plain))) {
        const field = form.elements[name];
        if (field?.type === "checkbox") field.checked = true;
        else if (field) field.value = value;
      }
      hmis.say(form.dataset.found, "t-warn");
      dirty = true;
      save();
    } catch {
      forget(form); // another person's, or broken
    }
  }

  for (const name of Object.keys(localStorage).filter((one) => one.startsWith(SHELF)))
    if (Date.now() - (JSON.parse(localStorage.getItem(name)).at ?? 0) > OLD) localStorage.removeItem(name);

  /* ── What a person does ── */
  document.addEventListener("input", ({ target }) => {
    const form = note();
    if (!form || target.form !== form) return;
    dirty = true;
    // A page that is closed has no time left for it; an old Firefox drops its last request, too.
    if (failed || busy || !("keepalive" in Request.prototype)) seal(form);
    later(failed ? AGAIN : WAIT);
  });
  document.addEventListener("focusout", ({ target }) => {
    if (note() && target.form === note() && dirty && !failed) later(0);
  });
  addEventListener("pagehide", () => save({ leaving: true }));
  document.addEventListener("visibilitychange", () => { if (document.hidden) save({ leaving: true }); });
  addEventListener("online", () => { if (dirty) later(0); });

  document.addEventListener("click", (event) => {
    const form = note();
    if (event.target.closest("[data-keep-mine]")) {
      event.preventDefault();
      document.getElementById("conflict").replaceChildren();
      if (theirs) goOnFrom(form, theirs); // a form that the server showed again brings it
      [stopped, dirty, theirs] = [false, true, null];
      save();
      document.getElementById("id_complaints")?.focus();
    } else if (event.target.closest("[data-take-theirs]")) {
      [stopped, dirty] = [true, false];
      delete form.dataset.typed;
      forget(form);
    }
  });

  // The note is signed with the version that its last saving was answered with, and with what is under way beside it:
  // a diagnosis, a medicine, a test (forms with data-own-act). While two texts stand beside each other it goes back to them.
  const underWay = new Map();
  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    const form = detail.elt.form ?? detail.elt;
    if (form.matches("form[data-own-act]") && !hmis.looks(detail.requestConfig)) { // what its box searches is no act
      let done;
      underWay.set(form.id, { over: new Promise((resolve) => { done = resolve; }), done });
    }
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    const { elt } = detail.requestConfig, id = (elt.form ?? elt).id; // the form itself is replaced by now
    if (hmis.looks(detail.requestConfig)) return;
    underWay.get(id)?.done();
    if (underWay.delete(id)) refuse(""); // it may put right what kept the signature back; if not, that says so again
  });
  const isOfNote = ({ elt }) => (elt.form ?? elt) === note() && note() && !elt.matches("[type=search]");
  document.addEventListener("htmx:confirm", (event) => {
    if (!isOfNote(event.detail)) return;
    clearTimeout(timer);
    event.preventDefault();
    quiet().then(() => {
      if (!question() && !isLeft(event.detail)) return event.detail.issueRequest()?.catch(() => {}); // link.js hears it
      hmis.forget(event.detail.elt); // a signature that was kept goes out by its key alone
      if (question()) return question().focus();
      if (dirty) later();
    });
  });
  /** Something typed beside the note and not added would be lost with the signature: say so, and go there. */
  function isLeft({ elt }) {
    const [id, words] = (elt === note() && hmis.beside()) || [];
    refuse(words);
    document.getElementById(id)?.focus({ preventScroll: true });
    document.getElementById(id)?.scrollIntoView({ block: "center" });
    return Boolean(id);
  }
  /** Why the note is not signed, or nothing of it any more. */
  function refuse(words) {
    const sentence = document.createElement("p");
    sentence.className = "ask t-bad";
    sentence.textContent = words;
    document.getElementById("refused")?.replaceChildren(...(words ? [sentence] : []));
  }
  async function quiet() {
    while (busy || underWay.size) await Promise.allSettled([busy, ...[...underWay.values()].map((one) => one.over)]);
  }
  let sending = null, sender = null;
  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    if (!isOfNote(detail)) return;
    [sending, sender] = [note(), detail.elt];
    [dirty, stopped] = [false, true];
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (!sending || detail.requestConfig.elt !== sender) return;
    stopped = Boolean(question());
    if (detail.successful) forget(sending);
    else if (detail.xhr.status !== 422) dirty = true;
    sending = null;
  });

  /* ── Keys ── */
  // F5 while the last words are not saved yet: the page comes anew when they are.
  document.addEventListener("keydown", (event) => {
    if (!note() || !(dirty || busy) || stopped || failed || !hmis.isReload(event)) return;
    if (hmis.beside() || document.querySelector("form[data-typed]:not(#note)")) return; // app.js says so first
    event.preventDefault();
    save();
    quiet().then(() => { if (!dirty && !stopped) location.reload(); });
  }, { capture: true });

  // Enter in a line goes on to the next field: it never signs.
  document.addEventListener("keydown", (event) => {
    const form = note();
    if (!hmis.isEnter(event) || event.ctrlKey || event.isComposing || !form || event.target.form !== form) return;
    if (!event.target.matches("input, select")) return;
    event.preventDefault();
    const fields = [...form.elements].filter((one) => one.matches("input:not([type=hidden]), select, textarea") && hmis.seen(one));
    fields[fields.indexOf(event.target) + 1]?.focus();
  }, { capture: true });

  // Enter before what is searched is there: the first of it, when it is. `data-search` names the box.
  let waiting = null;
  document.addEventListener("submit", (event) => {
    const box = event.target.matches("form[data-search]") && document.getElementById(event.target.dataset.search);
    if (!box) return;
    event.preventDefault();
    waiting = box.value.trim() ? { box: box.id, typed: box.value.trim() } : null;
    if (waiting) htmx.trigger(box, "input");
  });
  document.addEventListener("htmx:afterSwap", () => {
    const box = waiting && document.getElementById(waiting.box);
    const found = box && document.getElementById(box.getAttribute("aria-controls"));
    if (!found || found.dataset.typed.trim() !== waiting.typed) return;
    waiting = null;
    found.querySelector("button")?.click();
  });

  // Who went on while a diagnosis or a medicine was written stays where they are.
  let here = null;
  document.addEventListener("htmx:beforeSwap", () => { here = document.activeElement; });
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.target.matches("[data-part]") && here?.isConnected && !detail.target.contains(here)
      && (here.form === note() || here.closest("[data-part]"))) here.focus();
  });

  // An alert, too, waits beside whoever writes on elsewhere; who only waits for the answer goes to it (app.js).
  let wrote = null;
  document.addEventListener("input", ({ isTrusted, target }) => { if (isTrusted) wrote = target; });
  document.addEventListener("htmx:beforeRequest", ({ detail }) => { if (!hmis.looks(detail.requestConfig)) wrote = null; });
  document.addEventListener("htmx:afterSettle", () => {
    if (wrote === here && wrote?.isConnected && document.activeElement.closest(".ask")) here.focus();
  });

  // The queue does not move under whoever walks through it, nor while the next one is being called from it: a second
  // press with another key would call another.
  let called = false;
  document.addEventListener("submit", ({ target }) => { called ||= Boolean(target.closest("#room-queue")); });
  document.addEventListener("htmx:beforeRequest", (event) => {
    const queue = document.getElementById("room-queue");
    if (event.detail.elt === queue && (called || queue.contains(document.activeElement))) event.preventDefault();
  });
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (called && detail.target.id === "room-queue") detail.shouldSwap = false;
  });
  document.addEventListener("change", ({ target }) => {
    if (target.matches("form[data-room] select")) target.form.requestSubmit();
  });

  // Before this script runs, or without one, the boxes beside the note go along with it, so that nothing in them is signed
  // away; then the key of their form saves and searches. From now on each belongs to the form of its own act.
  function apart() {
    if (!window.htmx) return; // their acts need it
    for (const one of document.querySelectorAll("[data-form]")) {
      one.setAttribute("form", one.dataset.form);
      if (one.dataset.formaction) one.setAttribute("formaction", one.dataset.formaction);
    }
  }
  document.addEventListener("htmx:load", apart);
  apart();

  if (note()) {
    unseal(note());
    if (question()) stopped = true;
  }
})();
