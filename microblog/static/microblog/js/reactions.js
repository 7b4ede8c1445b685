// Likes, reposts and bookmarks in place: shown at once, and reverted with the reason if they are refused or the request fails.
const TIMEOUT = 15_000;
const BUTTON = "[form=reactions]";
const announcer = document.querySelector("[data-announcer]");
const form = document.querySelector("[data-reactions]");
const texts = form?.dataset;

// URLs of reactions end in "like", "unlike" and so on, those of the people in "likes".
const urlOf = (button) => button.getAttribute("formaction");
const reverseOf = (button) => urlOf(button).replace(/(un)?(\w+)$/, (_all, un, verb) => (un ? "" : "un") + verb);

// The state that the server has been asked for, by button, while the request runs.
const asked = new Map();
const isPressed = (button) => button.getAttribute("aria-pressed") === "true";
const countOf = (button) => button.closest(".mb-reaction")?.querySelector("a");

// Pages leave out a number of 0.
function addCount(button) {
  const count = document.createElement("a");
  count.className = "mb-action mb-reaction__count";
  count.href = `${urlOf(button)}s`;
  count.dataset.count = 0;
  button.closest(".mb-reaction")?.append(count);
}

function toggle(button) {
  const pressed = !isPressed(button);
  if (pressed && !countOf(button)) addCount(button);
  button.setAttribute("aria-pressed", String(pressed));
  button.setAttribute("formaction", reverseOf(button));
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
    .ajax("POST", reverseOf(button), {
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
    announcer.textContent = texts[reverseOf(button).match(/\w+$/)];
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
