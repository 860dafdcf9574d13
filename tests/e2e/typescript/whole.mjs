import { client, question, show } from "./client.mjs";

show(await client.messages.create(question));
