// The setup page: what it shows follows from what `GET /setup/status` answers to whoever asks.

import { BASE, ask, useToken } from "./client.js";
import { showChecks } from "./checks.js";
import { showConfiguration } from "./configuration.js";
import { find, say, show } from "./dom.js";
import { fillSnippets, prepareSnippets } from "./snippets.js";
import { prepareTrial, showTrial } from "./trial.js";

prepareSnippets();
prepareTrial();
find("access-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const given = find("token").value.trim();
  useToken(given);
  load(given);
});
load("");

async function load(token) {
  say("access-error", "");
  try {
    const response = await ask("/setup/status");
    showAll(await response.json(), token);
  } catch (error) {
    refuse(error, token);
  }
}

function showAll(status, token) {
  find("state").textContent = `It is up at ${BASE}.`;
  find("state").className = "state";
  showConfiguration(status);
  fillSnippets(status.snippets);
  showTrial(status.models);
  showChecks(status.checks);
  show("connect-hint", Boolean(token));
  if (!token) return;
  find("token").value = "";
  show("access", false);
  find("configuration-title").tabIndex = -1;
  find("configuration-title").focus();
}

function refuse(error, token) {
  useToken("");
  const isAskedForToken = error.status === 401;
  show("access", isAskedForToken);
  if (isAskedForToken && token) {
    say("access-error", error.message);
    find("token").focus();
  }
  find("state").textContent = isAskedForToken ? `It is up at ${BASE}.` : error.message;
  find("state").className = isAskedForToken ? "state" : "state closed";
}
