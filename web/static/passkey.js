// Passkeys. A form with data-passkey names where its options are had; what the browser answers is sent as `credential`.
// data-make makes a passkey instead of showing one; data-autofill offers those there are among the names of the sign-in field.
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

async function options(form) {
  const body = new URLSearchParams(new FormData(form));
  const answer = await fetch(form.dataset.passkey, { method: "POST", body, headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(`options ${answer.status}`);
  const told = await answer.json();
  told.challenge = bytes(told.challenge);
  if (told.user) told.user.id = bytes(told.user.id);
  for (const one of [...(told.allowCredentials ?? []), ...(told.excludeCredentials ?? [])]) one.id = bytes(one.id);
  return told;
}

function written({ id, rawId, type, response }, extensions) {
  const parts = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) parts[name] = text(response[name]);
  }
  if (response.getTransports) parts.transports = response.getTransports();
  return JSON.stringify({ id, rawId: text(rawId), type, response: parts, clientExtensionResults: extensions });
}

let waiting = new AbortController();

async function ask(form, mediation) {
  waiting.abort();
  waiting = new AbortController();
  const { signal } = waiting;
  const wrong = form.querySelector("[role=alert]");
  if (wrong) wrong.hidden = true;
  try {
    const publicKey = await options(form);
    if (signal.aborted) return;
    // The challenge is good for five minutes; who is slower finds a fresh one.
    if (mediation === "conditional") setTimeout(() => signal.aborted || ask(form, mediation), 240_000);
    const found = "make" in form.dataset
      ? await navigator.credentials.create({ publicKey, signal })
      : await navigator.credentials.get({ publicKey, signal, mediation });
    form.elements.credential.value = written(found, found.getClientExtensionResults());
    form.submit();
  } catch (error) {
    if (error.name !== "AbortError" && wrong && mediation !== "conditional") wrong.hidden = false;
  }
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) break;
  for (const part of form.querySelectorAll("[data-scripted]")) part.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form.reportValidity()) ask(form, "optional");
  });
  if ("autofill" in form.dataset && (await PublicKeyCredential.isConditionalMediationAvailable?.())) ask(form, "conditional");
}
