// Puts a button under each post that copies its address, and says so.
const SHOWN_FOR = 2000;
const template = document.querySelector("template[data-copy-link]");
const announcer = document.querySelector("[data-announcer]");

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Without a secure connection there is no clipboard, but a selection can still be copied.
  const focused = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "sr-only";
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  focused?.focus();
  if (!copied) throw new Error("not copied");
}

function addButton(post) {
  const address = post.querySelector(".mb-post__when").href;
  const fragment = template.content.cloneNode(true);
  const button = fragment.querySelector("button");
  const label = button.querySelector("span");
  const usual = label.textContent;
  let timer;
  const say = (text) => {
    label.textContent = text;
    announcer.textContent = text === usual ? "" : text;
  };
  button.addEventListener("click", async () => {
    const { copied, failed } = template.dataset;
    say(await copy(address).then(() => copied, () => failed));
    clearTimeout(timer);
    timer = setTimeout(say, SHOWN_FOR, usual);
  });
  post.querySelector(".mb-post__actions").prepend(fragment);
}

if (template) document.querySelectorAll(".mb-post").forEach(addButton);
