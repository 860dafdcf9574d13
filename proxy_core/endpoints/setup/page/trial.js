// A prompt to POST /v1/messages, and the stream that comes back.

import { Refusal, ask, readEvents } from "./client.js";
import { find, make, say, show } from "./dom.js";

const MOST_TOKENS = 1024;

let current = null;

export function prepareTrial() {
  find("try-form").addEventListener("submit", (event) => {
    event.preventDefault();
    if (!current) send();
  });
  find("stop").addEventListener("click", () => current?.abort());
}

export function showTrial(models) {
  find("model").replaceChildren(...models.map((model) => make("option", {}, model)));
  show("try", models.length > 0);
}

async function send() {
  const watch = new Watch();
  begin();
  try {
    const response = await ask("/v1/messages", request(), current.signal);
    await follow(response, watch);
  } catch (error) {
    if (error.name !== "AbortError") say("answer-error", error.message);
    watch.isStopped = error.name === "AbortError";
  } finally {
    end(watch);
  }
}

const request = () => ({
  model: find("model").value,
  max_tokens: MOST_TOKENS,
  stream: true,
  messages: [{ role: "user", content: find("prompt").value }],
});

async function follow(response, watch) {
  let hasEnded = false;
  for await (const { data } of readEvents(response)) {
    if (data.type === "error") throw new Refusal(0, data.error.message);
    if (data.delta?.type === "text_delta") {
      watch.note();
      find("answer").append(data.delta.text);
    }
    Object.assign(watch.usage, data.message?.usage, data.usage);
    watch.stopReason = data.delta?.stop_reason ?? watch.stopReason;
    hasEnded ||= data.type === "message_stop";
    find("figures").textContent = watch.tell();
  }
  if (!hasEnded) throw new Refusal(0, "The stream ended before the reply did.");
}

function begin() {
  current = new AbortController();
  find("answer").textContent = "";
  find("figures").textContent = "";
  find("answer").setAttribute("aria-busy", "true");
  say("answer-error", "");
  show("answer-area");
  show("stop");
  find("send").disabled = true;
}

function end(watch) {
  current = null;
  watch.total = watch.elapsed();
  find("figures").textContent = watch.tell();
  find("answer").setAttribute("aria-busy", "false");
  const hadFocus = document.activeElement === find("stop");
  find("send").disabled = false;
  show("stop", false);
  if (hadFocus) find("send").focus();
}

// The times and tokens of one reply.
class Watch {
  usage = {};
  started = performance.now();

  elapsed() {
    return performance.now() - this.started;
  }

  note() {
    this.first ??= this.elapsed();
  }

  tell() {
    const { input_tokens: input, cache_read_input_tokens: cached, output_tokens: output } =
      this.total ? this.usage : {};
    return [
      this.first && `first word after ${seconds(this.first)}`,
      this.total && `all of it after ${seconds(this.total)}`,
      input + (cached ?? 0) > 0 && `${input + (cached ?? 0)} tokens in (${cached ?? 0} cached)`,
      output > 0 && `${output} tokens out`,
      this.stopReason === "max_tokens" && `cut off at ${MOST_TOKENS} tokens`,
      this.isStopped && "stopped",
    ].filter(Boolean).join(" · ");
  }
}

const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(2)} s`;
