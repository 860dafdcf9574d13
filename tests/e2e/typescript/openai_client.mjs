import OpenAI from "openai";

export const client = new OpenAI({
  baseURL: `${process.env.APP_URL}/cursor`,
  apiKey: process.env.APP_TOKEN,
  maxRetries: 0,
});

export const question = {
  model: "gpt-high",
  messages: [{ role: "user", content: process.argv[2] }],
};

export function show(result) {
  console.log(JSON.stringify(result));
}
