// Copies the URL of a post, a piece of code, or a text that is shown only once, and confirms it.
const SHOWN_FOR = 2000;
const template = document.querySelector("template[data-copy-link]");
const codeTemplate = document.querySelector("template[data-copy-code]");
const announcer = document.querySelector("[data-announcer]");

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // The clipboard needs a secure connection; without one, copy a selection.
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

function copyOnClick(button, text, { copied, failed }) {
  const label = button.querySelector("span");
  const usual = label.textContent;
  let timer;
  const say = (words) => {
    label.textContent = words;
    announcer.textContent = words === usual ? "" : words;
  };
  button.addEventListener("click", async () => {
    say(await copy(text).then(() => copied, () => failed));
    clearTimeout(timer);
    timer = setTimeout(say, SHOWN_FOR, usual);
  });
}

function addButton(post) {
  const fragment = template.content.cloneNode(true);
  copyOnClick(fragment.querySelector("button"), post.querySelector(".mb-post__time").href, template.dataset);
  post.querySelector(".mb-post__actions").append(fragment);
}

function addCodeButton(code) {
  const fragment = codeTemplate.content.cloneNode(true);
  copyOnClick(fragment.querySelector("button"), code.textContent, codeTemplate.dataset);
  code.closest(".highlight, .codehilite").append(fragment);
}

if (codeTemplate) document.querySelectorAll(":is(.highlight, .codehilite) > pre > code").forEach(addCodeButton);
if (template) document.querySelectorAll(".mb-post").forEach(addButton);
for (const button of document.querySelectorAll("[data-copy]")) {
  copyOnClick(button, document.getElementById(button.dataset.copy).textContent, button.dataset);
}
