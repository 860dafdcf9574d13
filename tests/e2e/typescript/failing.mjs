import Anthropic from "@anthropic-ai/sdk";
import { client, question, show } from "./client.mjs";

try {
  show(await client.messages.stream(question).finalMessage());
} catch (error) {
  if (!(error instanceof Anthropic.APIError)) throw error;
  show({ status: error.status ?? null, type: error.type, message: error.message });
}
