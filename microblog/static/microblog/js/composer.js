// Grows with the text, counts what is left, sends on Ctrl+Enter, and keeps a draft until the post went through.
const segmenter = Intl.Segmenter && new Intl.Segmenter();
const count = (text) => (segmenter ? [...segmenter.segment(text)] : [...text]).length;

for (const form of document.querySelectorAll("form[data-composer]")) {
  const text = form.querySelector("textarea");
  const meter = form.querySelector("[data-counter]");
  const max = Number(form.dataset.max);
  const warnAt = Number(form.dataset.warnAt);
  const status = form.querySelector("[data-counter-status]");

  const grow = () => {
    if (CSS.supports("field-sizing", "content")) return;
    text.style.blockSize = "auto";
    text.style.blockSize = `${text.scrollHeight + text.offsetHeight - text.clientHeight}px`;
  };

  const measure = () => {
    const left = max - count(text.value.trim());
    meter.classList.toggle("mb-counter--warn", left <= warnAt && left >= 0);
    meter.classList.toggle("mb-counter--over", left < 0);
    meter.querySelector("[data-counter-number]").textContent = new Intl.NumberFormat(document.documentElement.lang).format(left);
    const used = Math.min(100, Math.max(0, (100 * (max - left)) / max));
    meter.querySelector("[data-counter-ring]").setAttribute("stroke-dasharray", `${used} 100`);
    const said = left < 0 ? form.dataset.over : left <= warnAt ? form.dataset.warn : "";
    if (status.textContent !== said) status.textContent = said;
  };

  const draft = form.dataset.draft && keeper(`draft:${form.dataset.draft}`);
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
  });
  grow();
  measure();
}

// A draft in the browser's storage, where there is one; what was sent is forgotten once it is known to have arrived.
function keeper(key) {
  const attempt = (action) => {
    try {
      return action();
    } catch {
      return null; // storage is full or switched off
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
