// Text areas with a limit reject longer texts. Composers of posts and messages grow with the text, count the remaining
// characters, send on Ctrl+Enter, and keep a draft until the post is published.
const segmenter = Intl.Segmenter && new Intl.Segmenter();

// Counts the graphemes of the normalized text, as the server does (core.text).
function count(text) {
  const normal = text
    .normalize("NFC")
    .replace(/[^\S\n]+$/gm, "")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
  return (segmenter ? [...segmenter.segment(normal)] : [...normal]).length;
}

for (const text of document.querySelectorAll("textarea[data-max]")) {
  const max = Number(text.dataset.max);
  const limit = () => {
    const used = count(text.value);
    // Only in browsers that count graphemes.
    text.setCustomValidity(segmenter && used > max ? `${text.dataset.over} (${used} / ${max})` : "");
    return max - used;
  };
  if (text.form.matches("[data-composer]")) compose(text, max, limit);
  else text.addEventListener("input", limit);
}

function compose(text, max, limit) {
  const form = text.form;
  const meter = form.querySelector("[data-counter]");
  const warnAt = Number(form.dataset.warnAt);
  const status = form.querySelector("[data-counter-status]");

  const grow = () => {
    if (CSS.supports("field-sizing", "content")) return;
    text.style.blockSize = "auto";
    text.style.blockSize = `${text.scrollHeight + text.offsetHeight - text.clientHeight}px`;
  };

  const measure = () => {
    const left = limit();
    meter.classList.toggle("mb-counter--warn", left <= warnAt && left >= 0);
    meter.classList.toggle("mb-counter--over", left < 0);
    meter.querySelector("[data-counter-number]").textContent = new Intl.NumberFormat(document.documentElement.lang).format(left);
    const used = Math.min(100, Math.max(0, (100 * (max - left)) / max));
    meter.querySelector("[data-counter-ring]").setAttribute("stroke-dasharray", `${used} 100`);
    const message = left < 0 ? text.dataset.over : left <= warnAt ? form.dataset.warn : "";
    if (status.textContent !== message) status.textContent = message;
  };

  const draft = form.dataset.draft && createDraft(`draft:${form.dataset.draft}`);
  if (draft) {
    draft.settle(document.querySelector("[data-message=success]"));
    if (!text.value) text.value = draft.read();
    text.addEventListener("input", () => draft.write(text.value));
    form.addEventListener("submit", () => draft.markSent());
  }
  text.addEventListener("input", () => {
    grow();
    measure();
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  addEventListener("pageshow", () => {
    grow();
    measure();
    // The link "Reply" of a post leads to the section of the form. Browsers remove the focus before this event.
    if (location.hash && location.hash.slice(1) === form.closest("[id]")?.id) text.focus();
  });
  grow();
  measure();
}

// Stores a draft in the browser, if it has storage. A sent draft is deleted once the server has confirmed it.
function createDraft(key) {
  const attempt = (action) => {
    try {
      return action();
    } catch {
      return null; // storage is full or disabled
    }
  };
  return {
    read: () => attempt(() => localStorage.getItem(key)) ?? "",
    write: (value) => attempt(() => (value ? localStorage.setItem(key, value) : localStorage.removeItem(key))),
    markSent: () => attempt(() => sessionStorage.setItem(key, "sent")),
    settle: (succeeded) =>
      attempt(() => {
        if (succeeded && sessionStorage.getItem(key)) localStorage.removeItem(key);
        sessionStorage.removeItem(key);
      }),
  };
}
