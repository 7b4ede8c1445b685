// Follows and mutes in place: keeps the focus, updates the counts, and submits the plain form if the request fails.
const FORMS = "[data-follow], [data-in-place]";
let hadFocus = false;

document.addEventListener("htmx:beforeSwap", (event) => {
  hadFocus = event.detail.elt.matches(FORMS) && event.detail.elt.contains(document.activeElement);
});

document.addEventListener("htmx:afterSwap", (event) => {
  const form = event.detail.elt;
  if (!form.matches(FORMS)) return;
  if (hadFocus) form.querySelector("button").focus();
  // Suggested users have posts, so that a timeline that stayed empty would look broken.
  if (form.dataset.follow) document.dispatchEvent(new Event("microblog:followed"));
  const count = form.querySelector("template[data-followers]");
  for (const place of document.querySelectorAll(`[data-followers-of="${form.dataset.follow}"]`)) {
    if (count) place.replaceChildren(count.content.cloneNode(true));
  }
});

for (const failure of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(failure, (event) => {
    if (event.detail.elt.matches(FORMS)) event.detail.elt.submit();
  });
}
