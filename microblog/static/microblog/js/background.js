// Background requests of htmx: only while the page is visible, without redirects, and swapped only if the HTML differs.
const announcer = document.querySelector("[data-announcer]");
const isBackground = (element) => !element.matches("a, button, form");

// Requests that wait until the page is visible, by element.
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

// Without a session, stay on the page; the next click redirects to sign in.
document.addEventListener("htmx:beforeOnLoad", (event) => {
  const { elt, xhr } = event.detail;
  if (isBackground(elt) && xhr.getResponseHeader("HX-Redirect")) event.preventDefault();
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.serverResponse === detail.target.innerHTML) detail.shouldSwap = false;
});

// The last HTML of each refreshed part of the page, by id.
const lastHtml = new Map();

document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
  const { target, fragment } = detail;
  const html = fragment.firstElementChild.outerHTML;
  detail.shouldSwap = lastHtml.get(target.id) !== html && !target.contains(document.activeElement);
  if (!detail.shouldSwap) return;
  lastHtml.set(target.id, html);
  announcer.textContent = target.dataset.announce;
  // Fetching a thread has marked it as read.
  document.dispatchEvent(new Event("microblog:poll"));
});
