// Fetches a translation in place, shows its progress, and toggles between the translation and the original.
const texts = document.querySelector("template[data-translations]")?.dataset;
const announcer = document.querySelector("[data-announcer]");
const LINK = "a[data-translate]";
const find = (link, part) => link.closest("article").querySelector(part);

function setLabel(link, text) {
  const label = link.querySelector("span");
  link.dataset.label ??= label.textContent;
  label.textContent = text ?? link.dataset.label;
}

function toggle(link, translation) {
  const original = find(link, ".mb-post__body");
  original.hidden = !original.hidden;
  translation.hidden = !original.hidden;
  setLabel(link, original.hidden ? texts.original : null);
  announcer.textContent = (original.hidden ? translation : original).textContent;
}

function fetchTranslation(link) {
  const target = find(link, ".mb-post__body");
  window.htmx.ajax("GET", link.getAttribute("href"), { source: link, target, swap: "afterend" }).catch(() => {}); // afterRequest reports it
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.(LINK);
  if (!link || !texts || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const translation = find(link, ".mb-translation");
  if (translation) toggle(link, translation);
  else if (!link.matches(".htmx-request")) fetchTranslation(link);
});

document.addEventListener("htmx:beforeRequest", ({ target: link }) => {
  if (!link.matches(LINK)) return;
  find(link, ".mb-translation__error")?.remove();
  setLabel(link, texts.loading);
  announcer.textContent = texts.loading;
});

document.addEventListener("htmx:afterRequest", ({ target: link, detail: { xhr } }) => {
  if (!link.matches(LINK)) return;
  setLabel(link);
  const translation = find(link, ".mb-translation");
  if (translation) {
    toggle(link, translation);
    return;
  }
  if (!xhr.status || xhr.status >= 400) {
    const error = document.createElement("span");
    error.className = "mb-translation__error";
    error.textContent = texts.unreachable;
    find(link, ".mb-post__body").after(error);
  }
  announcer.textContent = find(link, ".mb-translation__error")?.textContent ?? "";
});
