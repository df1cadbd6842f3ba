// Small comforts; every page is complete without them.
"use strict";

// A question before a post that cannot be taken back; a second click sends nothing.
document.addEventListener("submit", (event) => {
  const form = event.target;
  const question = (event.submitter && event.submitter.dataset.confirm) || form.dataset.confirm;
  if (question && !window.confirm(question)) {
    event.preventDefault();
    return;
  }
  if (!("once" in form.dataset)) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
// The page may come back from the browser's memory: its forms can be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// Show or hide what is typed into a password field.
for (const button of document.querySelectorAll("[data-reveal]")) {
  const input = document.getElementById(button.dataset.reveal);
  const shape = button.querySelector("use");
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
    const [file] = shape.getAttribute("href").split("#");
    shape.setAttribute("href", `${file}#${shown ? "eye" : "eye-off"}`);
  });
}

// A switch with data-confirm-off asks before it is turned off.
for (const control of document.querySelectorAll("[data-confirm-off]")) {
  control.addEventListener("change", () => {
    if (control.checked || window.confirm(control.dataset.confirmOff)) return;
    control.checked = true;
    control.dispatchEvent(new Event("change"));
  });
}

// The menu on phones: Escape closes it, a click beside it too.
const sidebar = document.getElementById("sidebar");
if (sidebar) {
  const isOpen = () => location.hash === "#sidebar";
  const close = () => {
    location.hash = "#content";
    document.getElementById("menu-open").focus();
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isOpen()) close();
  });
  document.addEventListener("click", (event) => {
    if (isOpen() && !sidebar.contains(event.target) && !event.target.closest("#menu-open")) close();
  });
}

// After a refused form, the first wrong field has the focus.
const wrong = document.querySelector("[aria-invalid='true']");
if (wrong) wrong.focus();

// A part with data-refresh="<seconds>" is about to change by itself: it is drawn anew until it is done.
const refreshed = (part) => {
  const again = () => setTimeout(() => refresh(part.id), part.dataset.refresh * 1000);
  if ("refresh" in part.dataset) again();
};
const refresh = async (id) => {
  const old = document.getElementById(id);
  if (!old) return;
  try {
    const answer = await fetch(location.pathname + location.search, { redirect: "error" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const part = page.getElementById(id);
    if (answer.ok && part && !old.contains(document.activeElement)) {
      old.replaceWith(part);
      refreshed(part);
      return;
    }
  } catch {
    // Offline or signed out: the next try, or the next page, tells.
  }
  refreshed(old);
};
document.querySelectorAll("[data-refresh][id]").forEach(refreshed);
