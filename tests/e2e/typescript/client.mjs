import Anthropic from "@anthropic-ai/sdk";

export const client = new Anthropic({
  baseURL: process.env.APP_URL,
  apiKey: process.env.APP_TOKEN,
  maxRetries: 0,
});

export const question = {
  model: "claude-opus-5-5",
  max_tokens: 4096,
  thinking: { type: "adaptive" },
  messages: [{ role: "user", content: process.argv[2] }],
};

export function show(result) {
  console.log(JSON.stringify(result));
}
