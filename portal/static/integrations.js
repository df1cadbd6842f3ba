// The switch of a provider's card: on shows its form, off (after the question) is saved at once.
"use strict";

for (const control of document.querySelectorAll("[data-saves-off]")) {
  control.addEventListener("change", () => {
    if (!control.checked && control.defaultChecked) {
      control.form.requestSubmit();
    } else if (control.checked) {
      document.getElementById(control.dataset.savesOff).open = true;
    }
  });
}
