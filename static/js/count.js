/* The count of a drawer: Enter runs down the notes, each line and the sum are shown as they grow; a challan's
   sum follows its ticks. Without this script the server counts the same. */
"use strict";

const inRupees = (paise) =>
  `${paise < 0 ? "−" : ""}₹${(Math.abs(paise) / 100).toLocaleString("en-IN", { minimumFractionDigits: 2 })}`;
const inPaise = (text) => Math.round(Number(text) * 100);

for (const form of document.querySelectorAll("[data-count]")) {
  const boxes = [...form.querySelectorAll("[data-worth]")];
  const numberIn = (box) => (/^\d+$/.test(box.value.trim()) ? Number(box.value) : 0);
  const show = () => {
    let sum = 0;
    for (const box of boxes) {
      const paise = numberIn(box) * inPaise(box.dataset.worth);
      sum += paise;
      box.closest("tr").querySelector("[data-amount]").textContent = paise ? inRupees(paise) : "";
    }
    const off = sum - inPaise(form.dataset.expected);
    form.querySelector("[data-sum]").textContent = inRupees(sum);
    form.querySelector("[data-off]").hidden = !off;
    form.querySelector("[data-difference]").textContent = inRupees(off);
  };
  form.addEventListener("input", show);
  form.addEventListener("keydown", (event) => {
    const place = boxes.indexOf(event.target);
    const step = { Enter: 1, NumpadEnter: 1, ArrowDown: 1, ArrowUp: -1 }[event.code];
    if (place < 0 || !step || event.isComposing) return;
    event.preventDefault();
    const next = boxes[place + step] ?? (step > 0 ? form.querySelector("[name=left_in_drawer]") : boxes[0]);
    next.focus();
    next.select();
  });
  show();
}

for (const form of document.querySelectorAll("[data-challan]")) {
  const total = form.querySelector("[data-total]");
  if (!total) continue;
  const show = () => {
    const ticked = [...form.querySelectorAll("[data-amount]:checked")];
    form.querySelector("[data-sum]").textContent = inRupees(ticked.reduce((sum, box) => sum + inPaise(box.dataset.amount), 0));
    total.hidden = false;
  };
  form.addEventListener("change", show);
  show();
}
