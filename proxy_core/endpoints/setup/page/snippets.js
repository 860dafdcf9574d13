// The lines to paste: for the address at which this page is seen, each with a button to copy.

import { BASE } from "./client.js";
import { find, make } from "./dom.js";

const ANY_URL = "https://YOUR-PROXY";
const LOCAL = /^(localhost|127\.|\[|10\.|192\.168\.)|\.(localhost|internal|local)$/;
const FIRST = /^Win/.test(navigator.platform) ? '.snippet[id*="powershell"]' : ".snippet";

// Those that came with the page.
export function prepareSnippets() {
  for (const details of document.querySelectorAll(".snippet")) {
    const code = details.querySelector("code");
    code.textContent = placed(code.textContent);
    const button = make("button", { type: "button", class: "second copy" }, "Copy");
    button.setAttribute("aria-label", `Copy: ${title(details)}`);
    button.addEventListener("click", () => copy(details, code, button));
    details.querySelector("pre").before(button);
  }
  document.querySelector(FIRST).open = true;
  const isPublic = location.protocol === "https:" && !LOCAL.test(location.hostname);
  find("local-hint").hidden = isPublic;
}

// Those for what is configured here.
export function fillSnippets(snippets) {
  for (const { id, text } of snippets) {
    const code = document.querySelector(`#${CSS.escape(id)} code`);
    if (code) code.textContent = placed(text);
  }
}

const placed = (text) => text.replaceAll(ANY_URL, BASE);
const title = (details) => details.querySelector("summary").textContent;

async function copy(details, code, button) {
  const isCopied = await write(code);
  button.textContent = isCopied ? "Copied" : "Selected: press Ctrl+C";
  find("copied").textContent = `${button.textContent}: ${title(details)}`;
  setTimeout(() => {
    button.textContent = "Copy";
  }, 2500);
}

// Browsers have a clipboard only on HTTPS and on localhost. Elsewhere the old way may work.
async function write(code) {
  try {
    await navigator.clipboard.writeText(code.textContent);
    return true;
  } catch {
    getSelection().selectAllChildren(code);
    return document.execCommand("copy");
  }
}
