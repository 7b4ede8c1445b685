// Asks every few seconds what has changed for the reader, keeps the badges true and tells the rest of the page.
const badges = document.querySelector("[data-poll]");
const EVERY = 10_000;
const EVERY_WHILE_HIDDEN = 120_000;
const LONGEST_PAUSE = 300_000;

let since = 0;
let failures = 0;
let isAsking = false;
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

// Returns whether to go on: not once the reader has signed out.
async function ask() {
  const response = await fetch(`${badges.dataset.poll}?since=${since}`, { redirect: "manual", cache: "no-store" });
  if (response.type === "opaqueredirect" || response.status === 401) return false;
  if (!response.ok) throw new Error(`${response.status}`);
  for (const { name, data, timestamp } of await response.json()) {
    handlers[name]?.(data);
    since = timestamp;
  }
  return true;
}

// Pauses grow with each failure, and differ between readers, so that a server that comes back is not run down.
function pause() {
  const usual = document.hidden ? EVERY_WHILE_HIDDEN : EVERY;
  return failures ? Math.max(usual, Math.min(LONGEST_PAUSE, EVERY * 2 ** failures) * (0.5 + Math.random() / 2)) : usual;
}

function schedule() {
  clearTimeout(timer);
  timer = setTimeout(round, pause());
}

// Returns whether the reader is still signed in, as far as is known.
async function round() {
  if (isAsking) return true;
  clearTimeout(timer);
  isAsking = true;
  let goesOn = true;
  try {
    goesOn = await ask();
    failures = 0;
  } catch {
    failures += 1;
  }
  isAsking = false;
  if (goesOn) schedule();
  return goesOn;
}

if (badges) {
  schedule();
  // A page that is shown again is brought up to date at once; so is one that the browser had put away
  // whole, and who has signed out since sees the page no longer.
  document.addEventListener("visibilitychange", () => (document.hidden ? schedule() : round()));
  addEventListener("pageshow", async ({ persisted }) => persisted && !(await round()) && location.reload());
  addEventListener("online", round);
  document.addEventListener("microblog:ask", round);
}
