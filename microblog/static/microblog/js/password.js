// Shows and hides the content of password fields.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-password-toggle]");
  if (!button) return;
  const field = document.getElementById(button.getAttribute("aria-controls"));
  const shown = field.type === "text";
  field.type = shown ? "password" : "text";
  button.setAttribute("aria-pressed", String(!shown));
});

// Hide passwords before a form is sent, so that browsers do not store them as text.
document.addEventListener("submit", (event) => {
  for (const button of event.target.querySelectorAll("[data-password-toggle][aria-pressed=true]")) button.click();
});
