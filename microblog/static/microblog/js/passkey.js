// Requests a passkey from the browser before a form is sent, and adds the credential to the form.
const { create, get, supported } = window.webauthnJSON;

async function optionsFor(form) {
  const url = form.dataset.passkeyOptions;
  if (!url) return JSON.parse(document.getElementById("passkey-options").textContent);
  const response = await fetch(url, { headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" } });
  if (!response.ok) throw new Error(`${response.status}`);
  return response.json();
}

async function requestCredential(form) {
  const { creation_options: creation, request_options: request } = await optionsFor(form);
  if (form.dataset.passkey === "get") return get(request);
  const selection = creation.publicKey.authenticatorSelection;
  if (form.elements.passwordless.checked) {
    Object.assign(selection, { residentKey: "required", requireResidentKey: true, userVerification: "required" });
  }
  return create(creation);
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.dataset.passkey) return;
  event.preventDefault();
  const failed = document.querySelector("[data-passkey-failed]");
  failed.hidden = true;
  try {
    form.elements.credential.value = JSON.stringify(await requestCredential(form));
    const remember = document.querySelector("input[type=checkbox][name=remember]");
    if (remember) form.elements.remember.value = remember.checked ? "on" : "";
    // A button of the form may be named "submit".
    HTMLFormElement.prototype.submit.call(form);
  } catch {
    // Cancelled, rejected or without a passkey: the user can try again.
    failed.hidden = false;
  }
}, { capture: true });

if (!supported()) for (const form of document.querySelectorAll("[data-passkey]")) form.hidden = true;
