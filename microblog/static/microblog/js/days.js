// Separates the days of a conversation in the browser's time zone, unless the account has a time zone.
function separateDays(list) {
  const day = list.querySelector(".mb-thread__day");
  if (!day || document.documentElement.dataset.timeZone) return;
  let last;
  for (const old of list.querySelectorAll(".mb-thread__day")) old.remove();
  for (const time of list.querySelectorAll(".mb-message time")) {
    const date = new Date(time.dateTime).toDateString();
    if (date === last) continue;
    last = date;
    const copy = day.cloneNode(true);
    copy.querySelector("time").dateTime = time.dateTime;
    const message = time.closest(".mb-message");
    const above = message.previousElementSibling;
    (above?.matches(".mb-thread__new") ? above : message).before(copy);
  }
}

const separateAll = () => document.querySelectorAll("[data-days]").forEach(separateDays);

separateAll();
document.addEventListener("htmx:load", separateAll);
