// Shows a card of a user on hover or keyboard focus of their name; htmx fetches it, below the URL of the profile.
const DELAY = 1000;
const MARGIN = 8;
const HOLDER = ".user_popup";

// At most one holder is waiting, loading or open.
let current = null;
let isDue = false;
let timer;

function enter(holder) {
  if (current === holder) return;
  leave();
  current = holder;
  timer = setTimeout(() => {
    isDue = true;
    const url = `${holder.querySelector("a").getAttribute("href")}/popup`;
    window.htmx.ajax("GET", url, { source: holder, target: holder, swap: "beforeend" }).catch(() => {});
  }, DELAY);
}

function leave() {
  clearTimeout(timer);
  current?.querySelector(".popover")?.remove();
  current = null;
  isDue = false;
}

// Below the name if there is room, otherwise above it; shifted horizontally to stay in the window.
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

// The pointer may have left during the request.
document.addEventListener("htmx:beforeSwap", ({ target, detail }) => {
  if (target.matches(HOLDER) && !(isDue && target === current)) detail.shouldSwap = false;
});
document.addEventListener("htmx:afterSwap", ({ target }) => {
  if (target.matches(HOLDER)) place(target, target.querySelector(".popover"));
});

document.addEventListener("pointerover", (event) => {
  const holder = event.pointerType === "touch" ? null : holderOf(event.target);
  if (holder) enter(holder);
});
document.addEventListener("pointerout", (event) => {
  const holder = holderOf(event.target);
  const stays = holder?.contains(event.relatedTarget) || holder?.querySelector(":focus-visible");
  if (event.pointerType !== "touch" && holder && holder === current && !stays) leave();
});
document.addEventListener("focusin", (event) => {
  const holder = event.target.matches(":focus-visible") ? holderOf(event.target) : null;
  if (holder) enter(holder);
});
document.addEventListener("focusout", (event) => {
  const holder = holderOf(event.target);
  // While htmx swaps the follow button inside, there is no new focus; the pointer or Escape closes the card then.
  if (holder && holder === current && event.relatedTarget && !holder.contains(event.relatedTarget)) leave();
});
document.addEventListener("pointerdown", (event) => {
  if (!current?.contains(event.target)) leave();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !current) return;
  if (current.querySelector(".popover")?.contains(document.activeElement)) current.querySelector("a").focus();
  leave();
});
