// Asks now and then whether the home timeline has grown, while the page is looked at.
const bar = document.querySelector("[data-new-posts]");

async function ask() {
  if (document.hidden) return;
  try {
    const response = await fetch(bar.dataset.newPosts, { redirect: "manual" });
    if (response.status !== 200) return;
    const html = await response.text();
    if (bar.innerHTML !== html) bar.innerHTML = html;
  } catch {
    // Offline: the next round may tell.
  }
}

if (bar) {
  setInterval(ask, Number(bar.dataset.every));
  document.addEventListener("visibilitychange", ask);
  // Whom the reader follows here has posts already: an empty timeline that stayed empty would look broken.
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.elt.matches("[data-follow]")) ask();
  });
}
