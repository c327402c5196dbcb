/* The count of a drawer: Enter runs down the notes, each line and the sum are shown as they grow; a challan's
   sum follows its ticks; a payment shows the change to give. Without this script the server counts the same. */
"use strict";

const inRupees = (paise) =>
  `${paise < 0 ? "−" : ""}₹${(Math.abs(paise) / 100).toLocaleString("en-IN", { minimumFractionDigits: 2 })}`;
const inPaise = (text) => Math.round(Number(hmis.digits(text)) * 100);

for (const form of document.querySelectorAll("[data-count]")) {
  const boxes = [...form.querySelectorAll("[data-worth]")];
  const numberIn = ({ value }) => Number(/^\d+$/.exec(hmis.digits(value).trim()) ?? 0);
  const show = () => {
    let sum = 0;
    for (const box of boxes) {
      const paise = numberIn(box) * inPaise(box.dataset.worth);
      sum += paise;
      box.closest("tr").querySelector("[data-amount]").textContent = paise ? inRupees(paise) : "";
    }
    const off = sum - inPaise(form.dataset.expected);
    form.querySelector("[data-sum]").textContent = inRupees(sum);
    form.querySelector("[data-off]").hidden = !off || boxes.every((box) => !box.value.trim());
    form.querySelector("[data-difference]").textContent = inRupees(off);
  };
  form.addEventListener("input", show);
  const { left_in_drawer: left, explanation } = form.elements;
  form.addEventListener("keydown", (event) => {
    const isUnexplained = !form.querySelector("[data-off]").hidden && !explanation.value.trim();
    if (event.target === left && hmis.isEnter(event) && isUnexplained) {
      event.preventDefault();
      return explanation.focus();
    }
    const place = boxes.indexOf(event.target);
    const step = { Enter: 1, NumpadEnter: 1, ArrowDown: 1, ArrowUp: -1 }[hmis.place(event)];
    if (place < 0 || !step || event.isComposing) return;
    event.preventDefault();
    const next = boxes[place + step] ?? (step > 0 ? left : boxes[0]);
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

// The form of a payment is swapped when it is refused, so the page listens. What is paid in a second way is not paid in
// the first, unless somebody typed both.
document.addEventListener("input", ({ target }) => {
  const form = target.closest("[data-payment]");
  if (!form) return;
  const [amount, tendered, mode, second, secondMode] = ["amount", "tendered", "mode", "second_amount", "second_mode"]
    .map((name) => form.elements[name]);
  if (target === amount) amount.dataset.own = "";
  const other = inPaise(second.value) || 0;
  const rest = inPaise(form.dataset.payment) - other;
  if (target === second && !("own" in amount.dataset) && rest > 0) amount.value = (rest / 100).toFixed(2);
  const cash = (mode.value === "cash" ? inPaise(amount.value) : 0) + (secondMode.value === "cash" ? other : 0);
  const change = cash ? inPaise(tendered.value) - cash : 0;
  const shown = form.querySelector("[data-change]");
  shown.hidden = !(change > 0);
  shown.querySelector("[data-sum]").textContent = inRupees(change);
});
