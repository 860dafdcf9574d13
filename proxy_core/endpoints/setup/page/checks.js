// The doctor's checks, each finding as it comes.

import { Refusal, ask, readEvents } from "./client.js";
import { find, make, show } from "./dom.js";

const MARKS = { ok: ["✓", "good"], warning: ["!", "doubtful"], failed: ["✗", "failed"],
  skipped: ["–", "left out"] };
const BUTTONS = { quick: "Quick check", full: "Full check" };

export function showChecks(plans) {
  const buttons = Object.entries(plans).map(([depth, plan]) => {
    const cost = `${plan.calls} ${plan.calls === 1 ? "call" : "calls"}, about ` +
      `${plan.tokens.toLocaleString("en")} tokens`;
    const kind = depth === "quick" ? {} : { class: "second" };
    const button = make("button", { type: "button", ...kind }, `${BUTTONS[depth]} (${cost})`);
    button.addEventListener("click", () => run(depth));
    return button;
  });
  find("check-buttons").replaceChildren(...buttons);
  show("checks");
}

async function run(depth) {
  const tally = { ok: 0, warning: 0, failed: 0, skipped: 0 };
  const pressed = document.activeElement;
  begin();
  try {
    await follow(await ask("/setup/checks", { depth }), tally);
    find("check-state").textContent = `${sum(tally)}.`;
  } catch (error) {
    find("check-state").textContent = error.message;
    find("check-state").className = "failed";
  } finally {
    setBusy(false);
    if (document.activeElement === document.body) pressed?.focus();
  }
}

async function follow(response, tally) {
  let hasEnded = false;
  let group = "";
  for await (const { name, data } of readEvents(response)) {
    if (name === "error") throw new Refusal(0, data.error.message);
    hasEnded ||= name === "end";
    if (name !== "finding") continue;
    if (data.group !== group) find("findings").append(make("li", { class: "group" }, data.group));
    group = data.group;
    tally[data.state] += 1;
    find("findings").append(write(data));
    find("check-state").textContent = `Checking. So far: ${sum(tally)}.`;
  }
  if (!hasEnded) throw new Refusal(0, "The checks broke off.");
}

function write({ title, state, detail, remedy, settings }) {
  const [mark, spoken] = MARKS[state];
  const lines = [detail, remedy].filter(Boolean).map((text) => make("p", {}, text));
  const values = settings.map((line) => make("p", {}, make("code", {}, line)));
  return make(
    "li",
    { class: state },
    make("span", { class: "mark", "aria-hidden": "true" }, mark),
    make("div", {}, title, make("span", { class: "unseen" }, `: ${spoken}`), ...lines, ...values),
  );
}

function begin() {
  find("findings").replaceChildren();
  find("check-state").textContent = "Checking.";
  find("check-state").className = "";
  setBusy(true);
}

function setBusy(isBusy) {
  find("findings").setAttribute("aria-busy", String(isBusy));
  for (const button of find("check-buttons").children) button.disabled = isBusy;
}

const sum = (tally) => Object.entries(MARKS)
  .filter(([state]) => tally[state])
  .map(([state, [, spoken]]) => `${tally[state]} ${spoken}`)
  .join(", ") || "nothing was checked";
