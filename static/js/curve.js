// A long curve: years of one vital sign, a year of one figure. What the server drew stands there until this has.
// data-curve: {at: seconds, value, lower?}; lower is the second line, named by data-lower (↓ without).
(() => {
  "use strict";
  const box = document.querySelector("[data-curve]");
  if (!box || !window.uPlot) return;
  const curve = JSON.parse(box.dataset.curve);
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const day = new Intl.DateTimeFormat(document.documentElement.lang === "hi" ? "hi-IN-u-nu-latn" : "en-IN",
    { day: "numeric", month: "short", year: "2-digit" });
  const said = (seconds) => (seconds == null ? "–" : day.format(new Date(seconds * 1000)));
  const line = (label, stroke) => ({ label, stroke, width: 2, spanGaps: true, points: { show: curve.at.length < 200, size: 6 } });
  const series = [{ label: box.dataset.when, value: (_, seconds) => said(seconds) }, line(box.dataset.label, colour("--act"))];
  const data = [curve.at, curve.value];
  if (curve.lower) {
    series.push(line(box.dataset.lower || "↓", colour("--ink-2")));
    data.push(curve.lower);
  }
  const axis = { stroke: colour("--ink-2"), font: `12px ${getComputedStyle(document.body).fontFamily}`, grid: { stroke: colour("--line"), width: 1 } };
  const days = { ...axis, space: 90, values: (_, splits) => splits.map(said) };
  const size = () => ({ width: Math.max(260, box.clientWidth - 16), height: 260 });
  // A canvas draws Devanagari only with a font that is there already.
  document.fonts.ready.then(() => {
    box.replaceChildren();
    const drawn = new uPlot({ ...size(), series, axes: [days, axis] }, data, box);
    addEventListener("resize", () => drawn.setSize(size()));
  });
})();
