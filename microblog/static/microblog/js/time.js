// Shows the server's UTC times in the user's time zone and language, and updates relative ones.
const root = document.documentElement;
const locale = root.lang || undefined;
const timeZone = knownZone(root.dataset.timeZone);

const format = (options) => new Intl.DateTimeFormat(locale, { ...options, timeZone });
const full = format({ dateStyle: "long", timeStyle: "short" });
const clock = format({ timeStyle: "short" });
const day = format({ month: "short", day: "numeric" });
const dayAndYear = format({ month: "short", day: "numeric", year: "numeric" });
const year = format({ year: "numeric" });
const relative = new Intl.RelativeTimeFormat(locale, { numeric: "always" });
const near = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
const now = root.dataset.now;
const dayInZone = new Intl.DateTimeFormat("en-CA", { timeZone });

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function knownZone(name) {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return name;
  } catch {
    return undefined;
  }
}

function formatAge(date) {
  const age = Date.now() - date;
  if (age < MINUTE) return now;
  if (age < HOUR) return relative.format(-Math.floor(age / MINUTE), "minute");
  if (age < DAY) return relative.format(-Math.floor(age / HOUR), "hour");
  if (age < 7 * DAY) return relative.format(-Math.floor(age / DAY), "day");
  return (year.format(date) === year.format() ? day : dayAndYear).format(date);
}

// Calendar days, not spans of 24 hours.
function formatDay(date) {
  const days = (Date.parse(dayInZone.format(date)) - Date.parse(dayInZone.format())) / DAY;
  return days > -2 ? near.format(days, "day") : dayAndYear.format(date);
}

const styles = { full: (date) => full.format(date), clock: (date) => clock.format(date), day: formatDay };

function render(element) {
  const date = new Date(element.dateTime);
  if (Number.isNaN(date.getTime())) return;
  const text = (styles[element.dataset.time] ?? formatAge)(date);
  // Unchanged text stays untouched, so that a selection survives.
  if (element.textContent !== text) element.textContent = text;
  element.title = full.format(date);
}

const renderAll = (within) => within.querySelectorAll("time[data-time]").forEach(render);

renderAll(document);
setInterval(() => document.hidden || renderAll(document), MINUTE);
document.addEventListener("visibilitychange", () => document.hidden || renderAll(document));
new MutationObserver((records) => {
  for (const node of records.flatMap((record) => [...record.addedNodes])) {
    if (node.nodeType === Node.ELEMENT_NODE && !node.closest("time")) renderAll(node.parentElement ?? node);
  }
}).observe(document.body, { childList: true, subtree: true });
