// What htmx fetches without a press: only while the page is looked at, without leading away, swapped only when it differs.
const announcer = document.querySelector("[data-announcer]");
const isBackground = (element) => !element.matches("a, form");

// Requests that came up while nobody looked, by their elements.
const waiting = new Map();

document.addEventListener("htmx:confirm", (event) => {
  const { elt, issueRequest } = event.detail;
  if (!document.hidden || !isBackground(elt)) return;
  event.preventDefault();
  waiting.set(elt, issueRequest);
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  for (const issueRequest of waiting.values()) issueRequest(true);
  waiting.clear();
});

// The session has ended: the next press leads to sign in.
document.addEventListener("htmx:beforeOnLoad", (event) => {
  const { elt, xhr } = event.detail;
  if (isBackground(elt) && xhr.getResponseHeader("HX-Redirect")) event.preventDefault();
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.serverResponse === detail.target.innerHTML) detail.shouldSwap = false;
});

// Parts of the page that are fetched again, as they came last.
const shown = new Map();

document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
  const { target, fragment } = detail;
  const html = fragment.firstElementChild.outerHTML;
  detail.shouldSwap = shown.get(target.id) !== html && !target.contains(document.activeElement);
  if (!detail.shouldSwap) return;
  shown.set(target.id, html);
  announcer.textContent = target.dataset.announce;
  // Fetching a thread has read it.
  document.dispatchEvent(new Event("microblog:ask"));
});
