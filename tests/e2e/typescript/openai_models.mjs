import { client, show } from "./openai_client.mjs";

show({ ids: (await client.models.list()).data.map((model) => model.id) });
