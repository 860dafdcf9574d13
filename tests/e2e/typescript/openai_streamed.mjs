import { client, question, show } from "./openai_client.mjs";

const stream_options = { include_usage: true };
const stream = client.chat.completions.stream({ ...question, stream_options });
show(await stream.finalChatCompletion());
