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

// Parts with data-refresh="<seconds>" are about to change by themselves: they are drawn anew until
// they are done. data-from: where to look, if the page shown is itself the answer to a post.
const AFTER_TROUBLE = 15;
const moving = () => [...document.querySelectorAll("[data-refresh][id]")];
// A click into a list focuses the region that it scrolls in: nobody is about to press anything there.
const REGION = "[role='region']";
const isTyped = (field) => field.value !== field.defaultValue;
const isInUse = (part) => {
  const focused = document.activeElement;
  const isPressed = part.contains(focused) && !focused.matches(REGION);
  const fields = [...part.querySelectorAll("textarea, input:not([type=hidden])")];
  const isOpen = part.querySelector("[data-sent], details[open] form") !== null;
  return isPressed || isOpen || fields.some(isTyped);
};
const replace = (part, fresh) => {
  const isRead = part.querySelector(`${REGION}:focus`) !== null;
  part.replaceWith(fresh);
  const region = fresh.querySelector(REGION);
  if (isRead && region) region.focus({ preventScroll: true });
};
const look = async (parts) => {
  const source = parts[0].dataset.from || location.pathname + location.search;
  const answer = await fetch(source, { redirect: "manual" });
  if (answer.status >= 500) throw new Error("no page now");
  if (!answer.ok) return false;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of parts.filter((one) => !isInUse(one))) {
    const fresh = page.getElementById(part.id);
    if (fresh) replace(part, fresh);
    else delete part.dataset.refresh;
  }
  return true;
};
const redraw = async () => {
  const parts = moving();
  let pause = 0;
  try {
    // Signed out, or no longer allowed to look: what is shown stays, the next page tells.
    if (!document.hidden && !(await look(parts))) return;
  } catch {
    pause = AFTER_TROUBLE; // offline, or the portal is being restarted
  }
  redrawLater(pause);
};
const redrawLater = (pause) => {
  const seconds = moving().map((part) => Number(part.dataset.refresh));
  if (seconds.length) setTimeout(redraw, Math.max(pause, Math.min(...seconds)) * 1000);
};
redrawLater(0);
