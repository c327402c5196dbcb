/* The link, measured: one small request from each PC every ten minutes, whichever pages are open in it. Its round trip,
   and each time that nothing answered, are kept in this browser until the server can be told, with how long ago each was:
   an old PC's clock may be wrong. Nothing says which PC it is, or who sits at it. */
"use strict";

(() => {
  const { beacon, at } = document.body.dataset;
  if (!beacon) return;
  const EACH = 600_000, AGAIN = 120_000, LOOK = 15_000, PATIENCE = 10_000, KEPT = 24 * 3600_000, MOST = 200;
  const place = `hmis.link.${at}`;

  /* { due: when the next one goes, told: [[when, ms or null]…] }, one for all pages of this browser */
  function held() {
    try {
      const kept = JSON.parse(localStorage.getItem(place));
      return { due: Number(kept.due) || 0, told: Array.isArray(kept.told) ? kept.told : [] };
    } catch {
      return { due: 0, told: [] };
    }
  }

  function keep(state) {
    try {
      localStorage.setItem(place, JSON.stringify(state));
    } catch {
      // nothing may be kept in this browser: then each page begins anew
    }
  }

  const fresh = (told, now) => told.filter(([when]) => now - when >= 0 && now - when < KEPT).slice(-MOST);
  const said = (told, now) => told.map(([when, ms]) => `${ms ?? "x"}:${Math.round((now - when) / 1000)}`).join(",");

  async function measure() {
    const now = Date.now(), { due, told } = held();
    if (document.hidden || (due > now && due <= now + EACH)) return; // a clock put back must not silence it
    const mine = fresh(told, now);
    keep({ due: now + EACH, told: mine }); // the other pages of this PC need not ask now
    const body = new URLSearchParams({ readings: said(mine, now) });
    const began = performance.now();
    const status = await fetch(beacon, {
      method: "POST",
      body,
      headers: { "X-CSRFToken": hmis.csrf(), "X-Polling": "1" }, // no person at work
      redirect: "manual",
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE),
    }).then((answer) => answer.status, () => null);
    const ms = Math.min(Math.round(performance.now() - began), 60_000);
    const left = status === 204 ? [] : mine;
    // A locked screen or a busy server answers too: the link holds. Where a proxy says that the server is away, nothing is known.
    if (status === null) keep({ due: now + AGAIN, told: [...left, [now, null]].slice(-MOST) });
    else if (status < 500) keep({ due: now + EACH, told: [...left, [now, ms]].slice(-MOST) });
  }

  setInterval(measure, LOOK);
  measure();
})();
