import OpenAI from "openai";
import { client, question, show } from "./openai_client.mjs";

try {
  show(await client.chat.completions.create(question));
} catch (error) {
  if (!(error instanceof OpenAI.APIError)) throw error;
  show({ status: error.status ?? null, type: error.type, code: error.code, message: error.message });
}
