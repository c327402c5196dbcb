/* A password is typed unseen: what makes the keyboard write other letters than meant is said while it is typed. */
"use strict";

document.addEventListener("keyup", (event) => {
  const box = event.target;
  const said = box.type === "password" && box.form?.querySelector("[data-unseen]");
  if (!said) return;
  const { hindi, caps } = said.dataset;
  said.textContent = /[^ -~]/.test(box.value) ? hindi : event.getModifierState?.("CapsLock") ? caps : "";
  said.hidden = !said.textContent;
});
