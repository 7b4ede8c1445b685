// Shows and hides what is typed into a password field.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-password-toggle]");
  if (!button) return;
  const field = document.getElementById(button.getAttribute("aria-controls"));
  const shown = field.type === "text";
  field.type = shown ? "password" : "text";
  button.setAttribute("aria-pressed", String(!shown));
});

// Never sent as text, so that browsers do not remember it.
document.addEventListener("submit", (event) => {
  for (const button of event.target.querySelectorAll("[data-password-toggle][aria-pressed=true]")) button.click();
});
