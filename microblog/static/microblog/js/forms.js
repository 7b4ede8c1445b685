// Blocks the buttons of a form while it is being sent, and leads to the summary of its errors.
const GIVE_UP = 15_000;

const buttons = (form) => form.querySelectorAll("[type=submit]");

function release(form) {
  form.removeAttribute("aria-busy");
  for (const button of buttons(form)) button.disabled = false;
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.hasAttribute("aria-busy")) {
    event.preventDefault();
    return;
  }
  // Afterwards, because a disabled button would not be sent.
  setTimeout(() => {
    form.setAttribute("aria-busy", "true");
    for (const button of buttons(form)) button.disabled = true;
  });
  setTimeout(() => release(form), GIVE_UP);
});

// Who signs out takes the composer's draft along; it waits for those whose session ends by itself.
document.addEventListener("submit", ({ target: { dataset } }) => {
  if (dataset.forgetDraft) localStorage.removeItem(`draft:${dataset.forgetDraft}`);
});

addEventListener("pageshow", ({ persisted }) => {
  document.querySelectorAll("form[aria-busy]").forEach(release);
  // What the Back button restores has been sent; it is sent again on purpose. Without HTTPS there is no randomUUID().
  if (persisted && crypto.randomUUID) {
    for (const key of document.querySelectorAll("[data-submission-key]")) key.value = crypto.randomUUID();
  }
});

document.querySelector("[data-error-summary]")?.focus();
