import { client, show } from "./client.mjs";

const page = await client.models.list({ limit: 1000 });
const listed = [];
for await (const model of page) listed.push(model.id);
show({ listed, first: page.data[0], one: await client.models.retrieve(page.data[0].id) });
