// Polls for changes every few seconds, updates the badges, and dispatches events to the rest of the page.
const badges = document.querySelector("[data-poll]");
const INTERVAL = 10_000;
const HIDDEN_INTERVAL = 120_000;
const MAX_BACKOFF = 300_000;

let since = 0;
let failures = 0;
let isPolling = false;
let timer;

function setCount(id, count) {
  const badge = document.getElementById(id);
  if (!badge || badge.textContent === String(count)) return;
  badge.textContent = count;
  badge.hidden = !count;
  document.dispatchEvent(new Event(`microblog:${id}`));
}

const handlers = {
  unread_message_count: (count) => setCount("message_count", count),
  unread_notification_count: (count) => setCount("notification_count", count),
  task_progress: ({ task_id: id, progress }) => {
    const text = document.getElementById(`${id}-progress`);
    if (text) text.textContent = progress;
    document.dispatchEvent(new CustomEvent("microblog:progress", { detail: { id, progress } }));
  },
};

// Returns whether to continue: not after the user has signed out.
async function fetchChanges() {
  const response = await fetch(`${badges.dataset.poll}?since=${since}`, { redirect: "manual", cache: "no-store" });
  if (response.type === "opaqueredirect" || response.status === 401) return false;
  if (!response.ok) throw new Error(`${response.status}`);
  for (const { name, data, timestamp } of await response.json()) {
    handlers[name]?.(data);
    since = timestamp;
  }
  return true;
}

// Backs off exponentially after failures, with jitter, so that a server that recovers is not overloaded.
function delay() {
  const usual = document.hidden ? HIDDEN_INTERVAL : INTERVAL;
  return failures ? Math.max(usual, Math.min(MAX_BACKOFF, INTERVAL * 2 ** failures) * (0.5 + Math.random() / 2)) : usual;
}

function schedule() {
  clearTimeout(timer);
  timer = setTimeout(poll, delay());
}

// Returns whether the user is still signed in, as far as is known.
async function poll() {
  if (isPolling) return true;
  clearTimeout(timer);
  isPolling = true;
  let isSignedIn = true;
  try {
    isSignedIn = await fetchChanges();
    failures = 0;
  } catch {
    failures += 1;
  }
  isPolling = false;
  if (isSignedIn) schedule();
  return isSignedIn;
}

if (badges) {
  schedule();
  // Poll at once when the page becomes visible or is restored from the back/forward cache; reload it after a sign-out.
  document.addEventListener("visibilitychange", () => (document.hidden ? schedule() : poll()));
  addEventListener("pageshow", async ({ persisted }) => persisted && !(await poll()) && location.reload());
  addEventListener("online", poll);
  document.addEventListener("microblog:poll", poll);
}
