// Completes the toolbar of the form of an entry, and its preview.
const MIRRORED = { ArrowLeft: "ArrowRight", ArrowRight: "ArrowLeft" };
const preview = document.getElementById("preview");

// The component moves the focus as in pages that are read from left to right.
function mirror(event) {
  const { isTrusted, key, target } = event;
  if (!isTrusted || !MIRRORED[key] || document.dir !== "rtl") return;
  event.preventDefault();
  event.stopPropagation();
  target.dispatchEvent(new KeyboardEvent("keydown", { key: MIRRORED[key], bubbles: true }));
}

for (const toolbar of document.querySelectorAll("markdown-toolbar")) {
  toolbar.addEventListener("keydown", mirror, { capture: true });
}

// A link opens another window: the text is in this one.
preview.addEventListener("click", ({ target }) => {
  const link = target.closest("a[href]");
  if (link && !link.getAttribute("href").startsWith("#")) link.target = "_blank";
});

for (const failure of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(failure, ({ detail }) => {
    if (detail.target !== preview) return;
    const error = document.createElement("p");
    error.className = "mb-error";
    error.textContent = preview.dataset.unreachable;
    preview.replaceChildren(error);
  });
}
