// Dismisses messages.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-dismiss-message]");
  if (!button) return;
  button.closest("[data-message]").remove();
  document.getElementById("content").focus({ preventScroll: true });
});
