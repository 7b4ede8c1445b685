// Closes an open menu on Escape, on a click outside and when the focus moves on.
const openMenu = () => document.querySelector("details[data-menu][open]");

const closeUnlessIn = (target) => {
  const menu = openMenu();
  if (menu && target instanceof Node && !menu.contains(target)) menu.open = false;
};

document.addEventListener("click", (event) => closeUnlessIn(event.target));
document.addEventListener("focusin", (event) => closeUnlessIn(event.target));
document.addEventListener("keydown", (event) => {
  const menu = openMenu();
  if (event.key !== "Escape" || !menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
