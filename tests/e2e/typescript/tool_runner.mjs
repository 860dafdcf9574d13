import { betaTool } from "@anthropic-ai/sdk/helpers/beta/json-schema";
import { client, question, show } from "./client.mjs";

const weather = betaTool({
  name: "weather",
  description: "Tells the weather in a city.",
  inputSchema: {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
  },
  run: ({ city }) => `It is sunny in ${city}.`,
});

const stream = process.argv[3] === "stream";
const runner = client.beta.messages.toolRunner({ ...question, tools: [weather], stream });
show(await runner.runUntilDone());
