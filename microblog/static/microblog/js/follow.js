// Follows and mutes in place: keeps the focus, updates the counts and the button for reposts, and submits the plain form if the request fails.
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
  for (const name of ["followers", "reposts"]) {
    const template = form.querySelector(`template[data-${name}]`);
    if (!template) continue;
    for (const place of document.querySelectorAll(`[data-${name}-of="${form.dataset.follow}"]`)) {
      place.replaceChildren(template.content.cloneNode(true));
      window.htmx.process(place);
    }
  }
});

for (const failure of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(failure, (event) => {
    if (event.detail.elt.matches(FORMS)) event.detail.elt.submit();
  });
}
