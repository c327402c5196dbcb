/* The lock: the page stays as it is under an opaque dialog; the same person's password opens it, and what was refused
   meanwhile is sent again. All tabs of the browser lock and open together. */
"use strict";

(() => {
  const dialog = document.getElementById("lock");
  if (!dialog) return;
  const form = dialog.querySelector("form");
  const password = form.elements.password;
  const error = dialog.querySelector("#lock-error");
  const leave = document.getElementById("lock-now");
  const idleAfter = Number(document.body.dataset.idleSeconds || 600) * 1000;
  const tabs = new BroadcastChannel("hmis-lock");
  const refused = [];
  let locked = false, lastSeen = Date.now(), toldAt = 0;

  function close() {
    if (locked) return;
    locked = true;
    document.documentElement.classList.add("is-locked");
    document.querySelectorAll("dialog[open]").forEach((other) => other.close());
    error.textContent = password.value = "";
    dialog.showModal();
    password.focus();
  }

  /** Lock here, in the other tabs and on the server; without a connection the server is told by its own clock. */
  function lock() {
    if (locked) return;
    close();
    tabs.postMessage("lock");
    hmis.post(leave.action).catch(() => {});
  }

  function open() {
    locked = false;
    lastSeen = Date.now();
    document.documentElement.classList.remove("is-locked");
    dialog.close(); // gives the focus back to where it was
    for (const detail of refused.splice(0)) hmis.sendAgain(detail);
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const words = hmis.words();
    error.textContent = "";
    try {
      const answer = await hmis.post(form.action, new FormData(form));
      password.value = "";
      if (answer.status === 204) {
        open();
        tabs.postMessage("open");
      } else if (answer.status === 422) error.textContent = words.wrongPassword;
      else if (answer.status === 429) error.textContent = words.tooMany;
      else if (answer.status >= 500) error.textContent = words.noConnection;
      else location.reload(); // the session is over: the login page says so
    } catch {
      error.textContent = words.noConnection;
    }
    password.focus();
  });

  dialog.addEventListener("cancel", (event) => event.preventDefault());
  dialog.addEventListener("close", () => { if (locked) dialog.showModal(); }); // a second Esc gets past cancel
  leave.addEventListener("submit", (event) => {
    event.preventDefault();
    lock();
  });

  document.addEventListener("hmis:locked", close);
  document.addEventListener("htmx:responseError", ({ detail }) => {
    if (detail.xhr.status !== 401) return;
    // No session any more (ended, or its twelve hours are over): no password opens this page again, the login does.
    if (detail.xhr.getResponseHeader("X-Locked") !== "idle") return location.reload();
    if (!hmis.isPoll(detail.requestConfig)) refused.push(detail);
    close();
  });

  tabs.addEventListener("message", ({ data }) => {
    if (data === "lock") close();
    else if (data === "open" && locked) open();
    else lastSeen = Date.now();
  });

  for (const name of ["keydown", "pointerdown", "wheel"])
    document.addEventListener(name, () => {
      if (locked) return;
      lastSeen = Date.now();
      if (lastSeen - toldAt > 10_000) tabs.postMessage("seen"), (toldAt = lastSeen);
    }, { passive: true });
  setInterval(() => { if (Date.now() - lastSeen > idleAfter) lock(); }, 5_000);
})();
