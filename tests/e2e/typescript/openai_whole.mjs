import { client, question, show } from "./openai_client.mjs";

show(await client.chat.completions.create(question));
