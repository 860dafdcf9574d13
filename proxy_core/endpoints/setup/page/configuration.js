// What is configured, and what is wrong with it.

import { find, make, show } from "./dom.js";

export function showConfiguration(status) {
  fill("resource-rows", status.resources.map((resource) => [
    ["Host", make("code", {}, resource.host)],
    ["API version", resource.api_version],
    ["Access with", resource.access],
    ["Setting", make("code", {}, resource.setting)],
  ]));
  fill("deployment-rows", status.deployments.map((deployment) => [
    ["For", deployment.use],
    ["Deployment", make("code", {}, deployment.name)],
    ["Model", deployment.family],
    ["API", deployment.api],
    ["Effort", deployment.effort],
    ["Window", tokens(deployment.max_input)],
  ]));
  fill("feature-rows", status.features.map((feature) => [
    ["Feature", feature.name],
    ["Is", feature.value],
    ["Setting", make("code", {}, feature.setting)],
  ]));
  show("configuration");
}

function fill(id, rows) {
  find(id).replaceChildren(...rows.map((cells) => make(
    "tr", {}, ...cells.map(([label, value]) => make("td", { "data-label": label }, value)),
  )));
}

const tokens = (count) => (count ? `${count.toLocaleString("en")} tokens` : "unknown");

export function showNotices({ problems, warnings }) {
  const notices = [
    ...problems.map((sentence) => notice("problem", "✗", "Problem: ", sentence)),
    ...warnings.map((sentence) => notice("warning", "!", "Warning: ", sentence)),
  ];
  find("notice-list").replaceChildren(...notices);
  show("notices", notices.length > 0);
}

const notice = (kind, mark, spoken, sentence) => make(
  "li",
  { class: kind },
  make("span", { class: "mark", "aria-hidden": "true" }, mark),
  make("span", {}, make("span", { class: "unseen" }, spoken), sentence),
);
