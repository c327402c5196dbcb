/* The front desk: a favourite fills the department; the sex suggests who the guardian is, until somebody chooses. */
"use strict";

document.addEventListener("click", ({ target }) => {
  const chip = target.closest("[data-fill]");
  const field = chip && document.querySelector(chip.dataset.fill);
  if (!field) return;
  const radio = field.querySelector(`input[value="${chip.dataset.value}"]`);
  if (radio) radio.click();
  else {
    field.value = chip.dataset.value;
    for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind, { bubbles: true }));
  }
  (radio ?? field).focus();
});

document.addEventListener("change", ({ target }) => {
  const relation = document.getElementById("id_guardian_relation");
  if (target === relation) relation.dataset.chosen = "";
  if (target.name !== "sex" || !relation || "chosen" in relation.dataset) return;
  relation.value = target.value === "female" ? "husband" : "father";
});
