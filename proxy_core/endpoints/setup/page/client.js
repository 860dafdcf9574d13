// The page's requests to the proxy it came from. The token lives here, and nowhere else.

// As the browser sees it: behind a tunnel, under a domain of one's own, below a path.
export const BASE = location.origin + location.pathname.replace(/\/(setup\/?)?$/i, "");

let token = "";

export function useToken(given) {
  token = given;
}

// An error of the proxy's, in its own words.
export class Refusal extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
}

export async function ask(path, body, signal) {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const sent = body && { method: "POST", body: JSON.stringify(body) };
  if (body) headers["content-type"] = "application/json";
  const options = { ...sent, headers, signal, cache: "no-store", credentials: "omit" };
  const response = await reach(path, options);
  if (!response.ok) throw new Refusal(response.status, await readSentence(response));
  return response;
}

async function reach(path, options) {
  try {
    return await fetch(BASE + path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal(0, "The proxy cannot be reached.");
  }
}

async function readSentence(response) {
  const text = await response.text();
  try {
    return JSON.parse(text).error.message;
  } catch {
    return `The answer was ${response.status}, and not the proxy's.`;
  }
}

// The events of a stream as {name, data}, as they come. Throws when it breaks off.
export async function* readEvents(response) {
  let rest = "";
  for await (const text of readText(response)) {
    const events = (rest + text).split("\n\n");
    rest = events.pop();
    for (const event of events) {
      const data = readField(event, "data");
      if (data) yield { name: readField(event, "event"), data: JSON.parse(data) };
    }
  }
}

async function* readText(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal(0, "The connection broke off.");
  } finally {
    reader.cancel().catch(() => {});
  }
}

function readField(event, name) {
  const line = event.split("\n").find((each) => each.startsWith(`${name}:`));
  return line ? line.slice(name.length + 1).trim() : "";
}
