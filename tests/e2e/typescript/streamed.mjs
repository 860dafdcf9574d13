import { client, question, show } from "./client.mjs";

show(await client.messages.stream(question).finalMessage());
