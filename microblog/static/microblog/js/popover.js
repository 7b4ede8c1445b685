// Shows a person in brief when the pointer or the keyboard rests on their name.
const DELAY = 1000;
const MARGIN = 8;
const HOLDER = ".user_popup";

// At most one holder is waiting, loading or open.
let current = null;

function enter(holder) {
  if (current?.holder === holder) return;
  leave();
  const opening = { holder, popover: null, request: null, timer: setTimeout(() => load(opening), DELAY) };
  current = opening;
}

// Before the delay the timer is cancelled, during the request that is aborted, afterwards the popover goes.
function leave() {
  if (!current) return;
  const { timer, request, popover } = current;
  current = null;
  clearTimeout(timer);
  request?.abort();
  popover?.remove();
}

async function load(opening) {
  const { holder } = opening;
  opening.request = new AbortController();
  try {
    const { signal } = opening.request;
    const response = await fetch(holder.dataset.popoverUrl, { signal, redirect: "manual" });
    const html = response.ok ? await response.text() : "";
    if (html && current === opening) open(opening, html);
  } catch {
    // Aborted or offline: the link to the profile remains.
  }
}

function open(opening, html) {
  const popover = document.createElement("div");
  popover.className = "popover mb-popover";
  popover.innerHTML = html;
  opening.popover = popover;
  opening.holder.append(popover);
  window.htmx?.process(popover);
  place(opening.holder, popover);
}

// Below the name where there is room, else above it; moved sideways so that it stays in the window.
function place(holder, popover) {
  const name = holder.getBoundingClientRect();
  const box = popover.getBoundingClientRect();
  const above = name.bottom + box.height > innerHeight && name.top - box.height > 0;
  popover.classList.toggle("mb-popover--above", above);
  const overflow = Math.max(0, box.right + MARGIN - document.documentElement.clientWidth);
  const shift = -overflow || Math.max(0, MARGIN - box.left);
  popover.style.transform = `translateX(${shift}px)`;
}

const holderOf = (target) => (target instanceof Element ? target.closest(HOLDER) : null);

document.addEventListener("pointerover", (event) => {
  const holder = event.pointerType === "touch" ? null : holderOf(event.target);
  if (holder) enter(holder);
});
document.addEventListener("pointerout", (event) => {
  const holder = holderOf(event.target);
  const stays = holder?.contains(event.relatedTarget) || holder?.querySelector(":focus-visible");
  if (event.pointerType !== "touch" && holder && holder === current?.holder && !stays) leave();
});
document.addEventListener("focusin", (event) => {
  const holder = event.target.matches(":focus-visible") ? holderOf(event.target) : null;
  if (holder) enter(holder);
});
document.addEventListener("focusout", (event) => {
  const holder = holderOf(event.target);
  // No new focus while the follow button inside is being swapped: the pointer or Escape closes then.
  if (holder && holder === current?.holder && event.relatedTarget && !holder.contains(event.relatedTarget)) leave();
});
document.addEventListener("pointerdown", (event) => {
  if (current && !current.holder.contains(event.target)) leave();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !current) return;
  const { holder } = current;
  if (current.popover?.contains(document.activeElement)) holder.querySelector("a").focus();
  leave();
});
