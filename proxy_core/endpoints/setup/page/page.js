// The setup page: what it shows follows from what `GET /setup/access` answers to whoever asks.

import { BASE, ask, useToken } from "./client.js";
import { showChecks } from "./checks.js";
import { showConfiguration, showNotices } from "./configuration.js";
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
    const access = await read("/setup/access");
    if (access.why_not) refuse(access, token);
    else showAll(await read("/setup/status"), token);
  } catch (error) {
    tell(error.message, false);
  }
}

async function read(path) {
  return (await ask(path)).json();
}

function tell(sentence, isOpen) {
  find("state").textContent = sentence;
  find("state").classList.toggle("closed", !isOpen);
}

function showAll(status, token) {
  const works = status.problems.length === 0;
  tell(works ? `It is up at ${BASE}.` : "It is up, but its settings cannot be used.", works);
  showNotices(status);
  if (works) showWhatIsSet(status);
  show("connect-hint", Boolean(token) && works);
  if (!token) return;
  find("token").value = "";
  show("access", false);
  find(works ? "connect-title" : "notices-title").focus();
}

function showWhatIsSet(status) {
  showConfiguration(status);
  fillSnippets(status.snippets);
  showTrial(status.models);
  showChecks(status.checks);
}

function refuse({ why_not: whyNot, needs_token: needsToken }, token) {
  useToken("");
  show("access", needsToken);
  tell(needsToken ? `It is up at ${BASE}.` : whyNot, needsToken);
  if (!token) return;
  say("access-error", whyNot);
  find("token").focus();
}
