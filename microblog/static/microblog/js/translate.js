// Translates a post in place, and shows the original again with one more press.
const texts = document.querySelector("template[data-translations]");
const announcer = document.querySelector("[data-announcer]");

// Returns the text to show and whether it is a translation; null when only a new page can help.
async function ask(id) {
  const body = new URLSearchParams({ post: id, dest_language: texts.dataset.language });
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const headers = { "X-CSRFToken": token, Accept: "application/json" };
  try {
    const response = await fetch(texts.dataset.translations, { method: "POST", body, headers });
    // The session has ended: the page behind the link leads to sign in.
    if (response.status === 401) return null;
    const { text } = await response.json();
    return { text, translated: response.ok && !response.headers.has("Translation-Failed") };
  } catch {
    return { text: texts.dataset.unreachable, translated: false };
  }
}

function element(className, text) {
  const created = document.createElement("span");
  created.className = className;
  created.textContent = text;
  return created;
}

function toggle(link, original, translation) {
  const label = link.querySelector("span");
  link.dataset.label ??= label.textContent;
  const show = !original.hidden;
  original.hidden = show;
  translation.hidden = !show;
  label.textContent = show ? texts.dataset.original : link.dataset.label;
  announcer.textContent = (show ? translation : original).textContent;
}

async function translate(link) {
  const id = link.dataset.translate;
  const place = document.getElementById(`translation${id}`);
  const original = document.getElementById(`post${id}`);
  place.querySelector(".mb-translation__error")?.remove();
  const loader = element("mb-loading", texts.dataset.loading);
  announcer.textContent = texts.dataset.loading;
  const focused = document.activeElement === link;
  link.hidden = true;
  place.append(loader);
  const answer = await ask(id);
  if (!answer) {
    location.assign(link.href);
    return;
  }
  loader.remove();
  link.hidden = false;
  if (focused && document.activeElement === document.body) link.focus();
  if (!answer.translated) {
    place.append(element("mb-translation__error", answer.text));
    announcer.textContent = answer.text;
    return;
  }
  const translation = element("mb-post__body mb-translation", answer.text);
  translation.id = `translated${id}`;
  translation.lang = texts.dataset.language;
  translation.dir = "auto";
  translation.hidden = true;
  original.after(translation);
  toggle(link, original, translation);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-translate]");
  if (!link || !texts || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const id = link.dataset.translate;
  const translation = document.getElementById(`translated${id}`);
  if (translation) toggle(link, document.getElementById(`post${id}`), translation);
  else translate(link);
});
