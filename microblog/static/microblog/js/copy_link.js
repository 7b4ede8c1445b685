// Copies the address of a post and says so on the button that was pressed.
const SHOWN_FOR = 2000;

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Without a secure connection there is no clipboard, but a selection can still be copied.
  const focused = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "sr-only";
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  focused?.focus();
  if (!copied) throw new Error("not copied");
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy-link]");
  if (!button) return;
  const label = button.querySelector("[data-copy-label]");
  const { copied, copyFailed } = button.closest("[data-copied]").dataset;
  button.dataset.label ??= label.textContent;
  const said = await copy(new URL(button.dataset.copyLink, location.href).href).then(
    () => copied,
    () => copyFailed,
  );
  label.textContent = said;
  document.querySelector("[data-announcer]").textContent = said;
  clearTimeout(button.timer);
  button.timer = setTimeout(() => {
    label.textContent = button.dataset.label;
    document.querySelector("[data-announcer]").textContent = "";
  }, SHOWN_FOR);
});
