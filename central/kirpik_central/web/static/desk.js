// What makes the pages faster than forms alone: keys, sliders over the picture, passkeys, the clock of a held case.
"use strict";

const QUIET_MS = 350; // after a page has come, so that one key pressed long does not decide two cases

function keys() {
  const since = performance.now();
  const typing = (at) => at instanceof HTMLInputElement ? !["checkbox", "range"].includes(at.type) : at instanceof HTMLSelectElement;
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    if (typing(event.target) && event.key !== "Escape") return;
    const panel = document.querySelector("details.reject[open]");
    let found = null;
    if (panel && /^[1-9]$/.test(event.key)) found = panel.querySelector(`[data-digit="${event.key}"]`);
    else if (panel && event.key === "Escape") { panel.open = false; event.preventDefault(); return; }
    else if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
    else found = [...document.querySelectorAll("[data-key]")].find((one) => same(one.dataset.key, event) && !one.hidden);
    if (!found || performance.now() - since < QUIET_MS) return;
    event.preventDefault();
    if (found instanceof HTMLDetailsElement) { found.open = !found.open; return; }
    found.click();
  });
}

// By the letter, and by the key's place: the officer's keyboard may be set to Russian or Kazakh.
function same(key, event) {
  return key.length > 1 ? event.key === key : event.key.toLowerCase() === key || event.code === "Key" + key.toUpperCase();
}

function once() {
  for (const form of document.forms) {
    let sent = false;
    form.addEventListener("submit", (event) => {
      if (event.defaultPrevented) return;
      if (sent) event.preventDefault();
      sent = true;
    });
    addEventListener("pageshow", () => { sent = false; });
  }
}

function sliders() {
  const crop = document.getElementById("crop"), box = document.querySelector(".sliders");
  if (!crop || !box) return;
  box.hidden = false;
  const all = [...box.querySelectorAll("[data-filter]")];
  const draw = () => {
    const value = Object.fromEntries(all.map((one) => [one.dataset.filter, one.type === "checkbox" ? one.checked : Number(one.value)]));
    crop.style.filter = `brightness(${value.brightness}%) contrast(${value.contrast}%) invert(${value.invert ? 1 : 0})`;
    crop.classList.toggle("pixels", value.pixels);
  };
  for (const one of all) one.addEventListener("input", draw);
  box.querySelector("[data-reset]").addEventListener("click", () => {
    for (const one of all) { if (one.type === "checkbox") one.checked = false; else one.value = 100; }
    draw();
  });
}

const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const toText = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const listed = (list) => (list || []).map((one) => ({ ...one, id: toBytes(one.id) }));

async function answer(purpose, asked) {
  asked.challenge = toBytes(asked.challenge);
  if (purpose === "create") {
    asked.user.id = toBytes(asked.user.id);
    asked.excludeCredentials = listed(asked.excludeCredentials);
    const made = await navigator.credentials.create({ publicKey: asked });
    return told(made, { clientDataJSON: toText(made.response.clientDataJSON), attestationObject: toText(made.response.attestationObject) });
  }
  if (asked.allowCredentials) asked.allowCredentials = listed(asked.allowCredentials);
  const given = await navigator.credentials.get({ publicKey: asked });
  return told(given, {
    clientDataJSON: toText(given.response.clientDataJSON), authenticatorData: toText(given.response.authenticatorData),
    signature: toText(given.response.signature), userHandle: given.response.userHandle ? toText(given.response.userHandle) : null,
  });
}

function told(credential, response) {
  return JSON.stringify({ id: credential.id, rawId: toText(credential.rawId), type: credential.type, response, clientExtensionResults: {} });
}

function passkeys() {
  for (const box of document.querySelectorAll("[data-passkey]")) {
    box.querySelector("[data-noscript]").hidden = true;
    if (!window.PublicKeyCredential) { box.querySelector("[data-unsupported]").hidden = false; continue; }
    const button = box.querySelector("[data-go]"), failed = box.querySelector("[data-failed]"), form = box.closest("form");
    button.hidden = false;
    const go = async () => {
      if (button.disabled || !form.reportValidity()) return;
      button.disabled = true;
      failed.hidden = true;
      try {
        const response = await fetch(box.dataset.options, { method: "POST", body: new URLSearchParams(new FormData(form)) });
        if (response.status === 409) { location.reload(); return; } // what was shown is not what is there
        if (!response.ok) throw new Error(response.status);
        box.querySelector("[name=answer]").value = await answer(box.dataset.passkey, await response.json());
        form.submit();
      } catch (error) {
        failed.hidden = false;
        button.disabled = false;
      }
    };
    button.addEventListener("click", go);
    form.addEventListener("submit", (event) => { event.preventDefault(); go(); }); // Enter in a field; ours, below, asks nobody
  }
}

function clock() {
  const bar = document.querySelector("[data-left]"), shown = bar && bar.querySelector("[data-clock]");
  if (!shown) return;
  const until = performance.now() + 1000 * Number(bar.dataset.left);
  const tick = () => {
    const left = Math.max(0, Math.round((until - performance.now()) / 1000));
    shown.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  };
  tick();
  setInterval(tick, 1000);
}

// Pages that show a state are shown anew now and then, unless somebody is typing or reading with the focus in them.
function refresh() {
  const seconds = Number(document.body.dataset.refresh);
  if (seconds) setInterval(() => { if (!document.hidden && document.activeElement === document.body) location.reload(); }, 1000 * seconds);
}

refresh();
keys();
passkeys();
once();
sliders();
clock();
