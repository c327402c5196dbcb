/* Papers by one key: what a fragment names in data-print-url is printed as it arrives; F9 and the button of
   [data-reprint-url] print a copy. A frame of our own holds the PDF, so that with the browser's silent printing no dialog
   shows; a browser whose PDF viewer cannot be told to print gets the paper in a tab. A paper that does not come is said. */
"use strict";

(() => {
  const unanswered = new Map(); // what was asked → the key of its press
  const DONE = "hmis-printed"; // so that reloading a page prints nothing twice
  let lost; // the paper that did not come: F9 asks for it, before any copy

  function miss(url) {
    lost = url;
    sessionStorage.removeItem(DONE);
    hmis.say(hmis.words().noPaper, "t-warn");
  }

  function print(url) {
    lost = undefined;
    document.querySelectorAll(".print-frame.is-done").forEach((old) => old.remove()); // another one may still be coming
    const frame = document.createElement("iframe");
    frame.className = "print-frame";
    frame.title = "";
    frame.tabIndex = -1;
    frame.setAttribute("aria-hidden", "true");
    // Where the browser shows no paper, as on a phone, none loads.
    const late = navigator.pdfViewerEnabled !== false && setTimeout(miss, 30_000, url);
    frame.addEventListener("load", () => {
      clearTimeout(late);
      frame.classList.add("is-done");
      // What the server says in a paper's place is not printed. (The browser's own page of a cut may not even be told to.)
      if (frame.contentDocument?.contentType === "text/html") return miss(url);
      const here = document.activeElement; // perhaps the next patient's name is being typed already
      try {
        frame.contentWindow.focus();
        frame.contentWindow.print();
      } catch {
        if ("mozInnerScreenX" in self) open(url, "_blank", "noopener"); // Firefox tells its viewer nothing
        else miss(url);
      }
      const search = document.querySelector("[data-key='F2']") ?? document.getElementById("main");
      (here === document.body ? search : here)?.focus(); // keys must not end in the frame
    }, { once: true });
    frame.src = url;
    document.body.append(frame);
  }

  function printWhatCame(root) {
    const asked = root.matches?.("[data-print-url]") ? root : root.querySelector?.("[data-print-url]");
    const url = asked?.dataset.printUrl;
    if (!url || sessionStorage.getItem(DONE) === url) return;
    sessionStorage.setItem(DONE, url);
    print(url);
  }

  async function printAgain(event, holder) {
    event.preventDefault();
    if (lost) return print(lost);
    const url = holder.dataset.reprintUrl;
    const said = holder instanceof HTMLFormElement ? new FormData(holder) : new FormData();
    for (const name of ["request_key", "csrfmiddlewaretoken"]) said.delete(name);
    // A press that nobody answered may have been heard: pressed once more, it is the same one.
    const asked = `${url} ${new URLSearchParams(said)}`, key = unanswered.get(asked) ?? hmis.key();
    unanswered.delete(asked);
    said.set("request_key", key);
    try {
      const answer = await hmis.post(url, said);
      if ([502, 503, 504].includes(answer.status)) unanswered.set(asked, key);
      if (answer.ok) print((await answer.json()).url);
      else hmis.say(answer.status === 403 ? hmis.words().forbidden : hmis.words().fault);
    } catch {
      unanswered.set(asked, key);
      hmis.say(hmis.words().noConnection, "t-warn");
    }
  }

  document.addEventListener("keydown", (event) => {
    const holder = event.code === "F9" && !event.repeat && !event.defaultPrevented && (lost ?? document.querySelector("[data-reprint-url]"));
    if (holder && !document.querySelector("dialog[open]")) printAgain(event, holder);
  });
  for (const kind of ["click", "submit"])
    document.addEventListener(kind, (event) => {
      const holder = event.target.closest(kind === "click" ? ":is(a, button)[data-reprint-url]" : "form[data-reprint-url]");
      if (holder) printAgain(event, holder);
    });

  htmx.onLoad(printWhatCame);
})();
