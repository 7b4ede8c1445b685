// Fetches the parts of a page again whose badge has changed, unless somebody is busy in them.
const announcer = document.querySelector("[data-announcer]");
const BADGES = { message_count: "unread_message_count", notification_count: "unread_notification_count" };

// What changed while nobody looked.
const waiting = new Set();

async function refresh(name) {
  const parts = [...document.querySelectorAll(`[data-live="${name}"]`)];
  if (!parts.length) return;
  if (document.hidden) {
    waiting.add(name);
    return;
  }
  const response = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "manual" });
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  let said = "";
  for (const part of parts) {
    const now = page.getElementById(part.id);
    if (!now || now.outerHTML === part.dataset.shown || part.contains(document.activeElement)) continue;
    now.dataset.shown = now.outerHTML;
    part.replaceWith(document.adoptNode(now));
    said = now.dataset.said;
  }
  if (!said) return;
  announcer.textContent = said;
  document.dispatchEvent(new Event("microblog:refreshed"));
  // Fetching a thread has read it.
  document.dispatchEvent(new Event("microblog:ask"));
}

// Offline or the like: the next change brings it.
const attempt = (name) => refresh(name).catch(() => {});

document.addEventListener("microblog:changed", ({ detail }) => attempt(BADGES[detail]));
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  for (const name of waiting) attempt(name);
  waiting.clear();
});
