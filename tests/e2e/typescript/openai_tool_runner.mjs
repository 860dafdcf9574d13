import { client, question, show } from "./openai_client.mjs";

const weather = {
  type: "function",
  function: {
    name: "weather",
    description: "Tells the weather in a city.",
    parameters: {
      type: "object",
      properties: { city: { type: "string" } },
      required: ["city"],
    },
    parse: JSON.parse,
    function: ({ city }) => `It is sunny in ${city}.`,
  },
};

const stream = process.argv[3] === "stream";
const runner = client.chat.completions.runTools({ ...question, tools: [weather], stream });
show(await runner.finalChatCompletion());
