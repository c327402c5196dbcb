/* The front desk: a favourite fills the department; sex and age suggest who the guardian is, until somebody
   chooses, as age and category suggest lane and exemption; whom the search did not find is a new patient by the same name or mobile. */
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

// A woman's guardian is a husband, a girl's is not: below 18 none is married by law (Prohibition of Child Marriage Act, 2006).
const isGirl = () => {
  const age = hmis.digits(document.getElementById("id_age")?.value ?? "");
  // As patients/ages.py reads it; of a year alone its middle counts.
  const parts = age.trim().split(/[-/.]/), year = parts.find((part) => /^\d{4}$/.test(part)), today = new Date();
  const month = parts.length === 2 && parts[1] === year ? parts[0] : parts[1] ?? 7;
  if (year) return (today.getFullYear() - year) * 12 + today.getMonth() + 1 - month < 18 * 12;
  return parseInt(age, 10) / ({ months: 12, days: 365 }[document.getElementById("id_age_unit")?.value] ?? 1) < 18;
};

document.addEventListener("change", ({ target }) => {
  const relation = document.getElementById("id_guardian_relation");
  if (!relation) return;
  if (target === relation) relation.dataset.chosen = "";
  const told = target.name === "sex" || (target.name.startsWith("age") && "suggested" in relation.dataset);
  if (!told || "chosen" in relation.dataset) return;
  const isWoman = document.querySelector('[name="sex"]:checked')?.value === "female" && !isGirl();
  relation.value = relation.dataset.suggested = isWoman ? "husband" : "father";
});

// What is chosen in the fold stands beside its name: it is opened for an exemption alone, which asks for its proof.
document.addEventListener("change", ({ target }) => {
  if (target.id !== "id_lane" && target.id !== "id_scheme") return;
  const chosen = [...document.querySelectorAll("#id_lane, #id_scheme")].filter((one) => one.value && one.value !== "normal");
  document.getElementById("way-in").textContent = chosen.map((one) => one.selectedOptions[0].text).join(" · ");
});

// A lane or exemption that stands as it was suggested last follows the new suggestion; what the clerk chose stays.
document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
  if (detail.target.id !== "suggested") return;
  const { lane, scheme } = detail.target.dataset, now = detail.fragment.querySelector("#suggested").dataset;
  for (const [name, before] of Object.entries({ lane, scheme })) {
    const select = document.getElementById(`id_${name}`);
    if (now[name] === before || select?.value !== before) continue;
    select.value = now[name];
    if (name === "scheme") select.closest("details").open = true;
    select.dispatchEvent(new Event("change", { bubbles: true }));
  }
});

document.addEventListener("focusin", ({ target }) => {
  const said = hmis.digits(document.getElementById("q")?.value.trim() ?? "");
  if (target.id !== "id_name" || target.value || !said) return;
  const digits = said.replace(/[\s+-]/g, "");
  const field = /\d/.test(said) ? /^[6-9]\d{9}$/.test(digits) && document.getElementById("id_phone") : target;
  if (!field || field.value) return;
  field.value = field === target ? said : digits;
  field.dispatchEvent(new Event("change", { bubbles: true }));
  if (field === target) target.select();
});

// The department that stands there gives way to what is typed.
document.addEventListener("focusin", ({ target }) => {
  if (target.id === "id_department") target.select();
});
