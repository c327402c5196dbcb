/* The lock: the page stays as it is under an opaque dialog; the same person's password opens it, and what was refused
   meanwhile, or kept without a line, is sent again. Where the login is over by then, the password is a new login of this
   person. All tabs of the browser lock together, and those of one person open together. */
"use strict";

(() => {
  const dialog = document.getElementById("lock");
  if (!dialog) return;
  const form = dialog.querySelector("form");
  const password = form.elements.password;
  const error = dialog.querySelector("#lock-error");
  const over = dialog.querySelector("#lock-over");
  const opened = `open ${form.elements.username.value}`;
  const leave = document.getElementById("lock-now");
  const idleAfter = Number(document.body.dataset.idleSeconds || 600) * 1000;
  const tabs = new BroadcastChannel("hmis-lock");
  const sentAt = new WeakMap(); // of each request, as the page's clock has it
  let told = null; // the lock on its way to the server: a quick password waits, or it would be locked again behind it
  let locked = false, untold = false, opening = false, lastSeen = Date.now(), toldAt = 0, openedAt = -1;

  function close() {
    if (locked) return;
    locked = true;
    document.documentElement.classList.add("is-locked");
    document.querySelectorAll("dialog[open]").forEach((other) => other.close());
    error.textContent = password.value = "";
    dialog.showModal();
    password.focus();
  }

  /** What the server says of this screen: "idle" (locked), or "signed-out": the login is over. */
  function refuse(state) {
    over.hidden = state !== "signed-out";
    close();
  }

  /** What went out before the password may be answered after it: that locks nothing any more. */
  const isOld = (at) => !locked && at < openedAt;

  /** Lock here, in the other tabs and on the server. */
  function lock() {
    if (locked) return;
    close();
    tabs.postMessage("lock");
    untold = true;
    tell();
    localStorage.hmisUntold = opened; // a page that comes meanwhile is locked, too
  }

  function tell() {
    const patience = new Promise((done) => setTimeout(done, 5_000));
    told = Promise.race([hmis.post(leave.action).then(({ status }) => status < 500 && settle(), () => {}), patience]);
  }

  /** The server has heard it, or it is over. */
  function settle() {
    untold = false;
    delete localStorage.hmisUntold;
  }

  /** A new login has another token: what is sent without HTMX has it from its form. */
  function renew() {
    for (const field of document.getElementsByName("csrfmiddlewaretoken")) field.value = hmis.csrf();
  }

  function open() {
    locked = false;
    lastSeen = Date.now();
    openedAt = performance.now();
    settle();
    over.hidden = true;
    document.documentElement.classList.remove("is-locked");
    renew();
    dialog.close(); // gives the focus back to where it was
    hmis.sendKept();
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const words = hmis.words();
    error.textContent = "";
    opening = true;
    await told;
    try {
      const said = new FormData(form);
      said.delete("csrfmiddlewaretoken"); // Django would look at a stale one first
      let answer = await hmis.post(form.action, said);
      if (answer.status === 401 && answer.headers.get("X-Locked") === "signed-out") {
        over.hidden = false;
        answer = await hmis.post(document.body.dataset.login, said);
      }
      password.value = "";
      if (answer.status === 204) {
        open();
        tabs.postMessage(opened);
      } else if (answer.status === 422) error.textContent = words.wrongPassword;
      else if (answer.status === 429) error.textContent = words.tooMany;
      else if (answer.status >= 500) error.textContent = words.noConnection;
      else hmis.loadAnew(); // another person is logged in here, or the duty is over: nothing here is theirs
    } catch {
      error.textContent = words.noConnection;
    }
    opening = false;
    password.focus();
  });

  dialog.addEventListener("cancel", (event) => event.preventDefault());
  dialog.addEventListener("close", () => { if (locked) dialog.showModal(); }); // a second Esc gets past cancel
  leave.addEventListener("submit", (event) => {
    event.preventDefault();
    lock();
  });

  document.addEventListener("hmis:locked", ({ detail }) => { if (!isOld(detail.sentAt)) refuse(detail.state); });
  document.addEventListener("htmx:beforeSend", ({ detail }) => sentAt.set(detail.xhr, performance.now()));
  document.addEventListener("htmx:responseError", ({ detail }) => {
    if (detail.xhr.status !== 401) return;
    const state = detail.xhr.getResponseHeader("X-Locked");
    // Another person has logged in in this browser: what stands here is not theirs to see or to send.
    if (state !== "idle" && state !== "signed-out") return hmis.loadAnew();
    if (!isOld(sentAt.get(detail.xhr))) refuse(state);
    if (!hmis.isPoll(detail.requestConfig)) hmis.sendAgain(detail);
  });

  tabs.addEventListener("message", ({ data }) => {
    if (data === "lock") close();
    else if (data === opened) {
      if (locked) open();
      else renew();
    } else if (data === "seen") lastSeen = Date.now();
    else if (data.split(" ")[0] === hmis.person().split(" ")[0]) hmis.isElsewhere = data !== hmis.person();
  });

  for (const name of ["keydown", "pointerdown", "wheel"])
    document.addEventListener(name, () => {
      if (locked) return;
      lastSeen = Date.now();
      if (lastSeen - toldAt > 10_000) tabs.postMessage("seen"), (toldAt = lastSeen);
    }, { passive: true });
  setInterval(() => {
    if (untold && !opening) tell(); // without a connection again and again; not behind its own password
    else if (Date.now() - lastSeen > idleAfter) lock();
  }, 5_000);
  if (localStorage.hmisUntold === opened) lock();
  tabs.postMessage(hmis.person()); // where its person works now: no page of another posting sends what HTMX does not
})();
