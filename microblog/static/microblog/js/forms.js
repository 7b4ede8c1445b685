// Disables the buttons of a form while it is being sent, and focuses the summary of its errors.
const TIMEOUT = 15_000;

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
  // After the submission, because the value of a disabled button is not sent.
  setTimeout(() => {
    form.setAttribute("aria-busy", "true");
    for (const button of buttons(form)) button.disabled = true;
  });
  setTimeout(() => release(form), TIMEOUT);
});

// Signing out deletes the composer's draft; an expired session keeps it.
document.addEventListener("submit", ({ target: { dataset } }) => {
  if (dataset.forgetDraft) localStorage.removeItem(`draft:${dataset.forgetDraft}`);
});

addEventListener("pageshow", ({ persisted }) => {
  document.querySelectorAll("form[aria-busy]").forEach(release);
  // A form restored by the Back button was sent already, so it gets a new key. Without HTTPS there is no randomUUID().
  if (persisted && crypto.randomUUID) {
    for (const key of document.querySelectorAll("[data-submission-key]")) key.value = crypto.randomUUID();
  }
});

document.querySelector("[data-error-summary]")?.focus();
