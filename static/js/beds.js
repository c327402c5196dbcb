/* The bed board: arrows go from tile to tile, a letter does what the tile says (data-t-to), a patient is dragged. */
"use strict";
(() => {
  const board = () => document.getElementById("ward-board");
  const tiles = () => [...board().querySelectorAll("[data-tile]")];
  const tileAt = (element) => element?.closest?.("#ward-board [data-tile]");
  let picked = board()?.querySelector(".is-picked")?.id, asked;

  function pick(tile, wait = 0) {
    picked = tile.id;
    mark();
    clearTimeout(asked);
    asked = setTimeout(() => htmx.ajax("GET", tile.getAttribute("href"), { target: "#picked", swap: "outerHTML" }), wait);
  }

  function mark() {
    for (const tile of tiles()) {
      tile.classList.toggle("is-picked", tile.id === picked);
      if (tile.id === picked) tile.setAttribute("aria-current", "true");
      else tile.removeAttribute("aria-current");
    }
  }

  const middle = (tile) => {
    const box = tile.getBoundingClientRect();
    return [box.left + box.width / 2, box.top + box.height / 2];
  };
  const ways = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [1, -1], ArrowDown: [1, 1] };

  /** The nearest tile that way: what lies aside counts twice. Along a row it goes on in the next one. */
  function beside(tile, code) {
    const [axis, sign] = ways[code], from = middle(tile), all = tiles();
    const ahead = all.map((one) => [one, middle(one)])
      .map(([one, at]) => [one, sign * (at[axis] - from[axis]), Math.abs(at[1 - axis] - from[1 - axis])])
      .filter(([, along, aside]) => along > 4 && (axis === 1 || aside < 40));
    ahead.sort((a, b) => a[1] + 2 * a[2] - b[1] - 2 * b[2]);
    return ahead[0]?.[0] ?? (axis === 0 ? all[all.indexOf(tile) + sign] : undefined);
  }

  let sent = -Infinity;
  const ON_ITS_WAY = 4_000; // longer than link.js asks whether there is a line

  /** Kept without a line, as every form: one of them, and the next is not taken for it. */
  function send(tile) {
    const form = document.getElementById("bed-state");
    if (form.querySelector(":scope > .kept")) return hmis.say(hmis.words().noConnection, "t-warn");
    if (performance.now() - sent < ON_ITS_WAY) return;
    sent = performance.now();
    form.action = tile.dataset.cTo;
    form.elements.to.value = tile.dataset.becomes;
    form.requestSubmit();
  }

  // Before app.js: while the panel still shows the last tile, a letter means the one that has the cursor.
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || document.querySelector("dialog[open]")) return;
    const tile = tileAt(event.target), nowhere = event.target === document.body || event.target.id === "main";
    const way = hmis.place(event);
    if (!tile && !(nowhere && ways[way])) return;
    const here = tile ?? document.getElementById(picked) ?? tiles()[0];
    const letter = event.code.startsWith("Key") ? event.code.slice(3).toLowerCase() : "";
    if (ways[way]) {
      const next = tile ? beside(tile, way) : here;
      if (next) {
        next.focus();
        pick(next, 150);
      }
    } else if (hmis.isEnter(event)) {
      if (!tile.dataset.enterTo) return;
      location.assign(tile.dataset.enterTo);
    } else if (letter === "c" && tile.dataset.cTo) send(tile);
    else if (letter && tile.dataset[`${letter}To`]) location.assign(tile.dataset[`${letter}To`]);
    else if ("tvcd".includes(letter) && letter) { /* this tile has no such thing: nor does another one's panel answer */ }
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);

  document.addEventListener("click", (event) => {
    const tile = tileAt(event.target);
    if (!tile || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    pick(tile);
    if (matchMedia("(max-width: 999.98px)").matches) document.getElementById("picked").scrollIntoView({ block: "nearest" });
  });

  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.target.id === "ward-board") {
      mark();
      const tile = document.getElementById(picked);
      // The panel says what the board says now, unless somebody is writing in it.
      if (tile && !document.getElementById("picked").contains(document.activeElement)) pick(tile);
    }
  });

  /* ── Dragged onto a free place: the form of the transfer opens, with that bed chosen; Enter moves the patient ── */
  let dragged;
  const takes = (tile) => tile && dragged && ["free", "cleaning", "kept"].includes(tile.dataset.tile);
  document.addEventListener("dragstart", (event) => {
    dragged = tileAt(event.target)?.dataset.tTo;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
  });
  document.addEventListener("dragover", (event) => {
    const tile = tileAt(event.target);
    for (const one of document.querySelectorAll(".is-over")) if (one !== tile) one.classList.remove("is-over");
    if (!takes(tile)) return;
    event.preventDefault();
    tile.classList.add("is-over");
  });
  document.addEventListener("dragend", () => {
    dragged = undefined;
    for (const one of document.querySelectorAll(".is-over")) one.classList.remove("is-over");
  });
  document.addEventListener("drop", (event) => {
    const tile = tileAt(event.target);
    if (!takes(tile)) return;
    event.preventDefault();
    location.assign(`${dragged}?bed=${tile.id.slice(2)}`);
  });
})();
