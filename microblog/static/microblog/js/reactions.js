// Likes, reposts and bookmarks in place: shown at once, and reverted with the reason if they are refused or the request fails.
const TIMEOUT = 15_000;
const BUTTON = "[data-react]";
const announcer = document.querySelector("[data-announcer]");
const form = document.querySelector("[data-reactions]");
const texts = form?.dataset;

// The state that the server has been asked for, by button, while the request runs.
const asked = new Map();
const isPressed = (button) => button.getAttribute("aria-pressed") === "true";
const countOf = (button) => button.parentElement.querySelector(":scope > [data-count]");

function toggle(button) {
  const pressed = !isPressed(button);
  button.setAttribute("aria-pressed", String(pressed));
  [button.formAction, button.dataset.reverse] = [button.dataset.reverse, button.getAttribute("formaction")];
  const count = countOf(button);
  if (!count) return;
  const number = Math.max(0, Number(count.dataset.count) + (pressed ? 1 : -1));
  count.dataset.count = number;
  count.textContent = new Intl.NumberFormat(document.documentElement.lang).format(number);
  count.hidden = !number;
}

const errorOf = (button) => button.closest("article").querySelector(".mb-reaction__error");

function complain(button, text) {
  const error = document.createElement("p");
  error.className = "mb-reaction__error";
  error.textContent = text;
  button.closest(".mb-post__actions").after(error);
  announcer.textContent = text;
}

// Once toggled, the reverse of a button is the URL of its new state.
function send(button) {
  const count = countOf(button);
  asked.set(button, isPressed(button));
  errorOf(button)?.remove();
  window.htmx
    .ajax("POST", button.dataset.reverse, {
      source: button,
      target: count || button,
      swap: count ? "outerHTML" : "none",
      values: Object.fromEntries(new FormData(form)),
    })
    .catch(() => {}); // afterRequest reports it
}

document.addEventListener(
  "submit",
  (event) => {
    const button = event.submitter;
    if (event.target !== form || !button?.matches(BUTTON)) return;
    event.preventDefault();
    event.stopPropagation();
    toggle(button);
    announcer.textContent = texts[`${isPressed(button) ? "" : "un"}${button.dataset.react}`];
    if (!asked.has(button)) send(button);
  },
  { capture: true },
);

document.addEventListener("htmx:configRequest", ({ target, detail }) => {
  if (target.matches?.(BUTTON)) detail.timeout = TIMEOUT;
});

// The number in the response is that before a click during the request.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const button = detail.requestConfig?.elt;
  if (button?.matches(BUTTON) && asked.get(button) !== isPressed(button)) detail.shouldSwap = false;
});

document.addEventListener("htmx:afterRequest", ({ target: button, detail: { successful, xhr } }) => {
  if (!button.matches?.(BUTTON) || xhr.getResponseHeader("HX-Redirect")) return;
  const isAsShown = asked.get(button) === isPressed(button);
  asked.delete(button);
  if (successful) {
    if (!isAsShown) send(button);
  } else if (isAsShown) {
    toggle(button);
    const isReason = xhr.getResponseHeader("Content-Type")?.startsWith("text/plain");
    complain(button, isReason ? xhr.responseText : texts.failed);
  }
});
