// A real server that answers on a stand-in of LINE.
import { fromUser } from "./line_events.mjs";
import { LineServer } from "./line_server.mjs";
import { launchServer, prepareServer } from "./server.mjs";
import { Upstream } from "./upstream.mjs";

/** A server with both ends of it, and one person who is a friend of the bot. */
export async function startLineHouse(t, { env = {}, ...options } = {}) {
  const line = await LineServer.start(t);
  const upstream = await Upstream.start(t);
  const server = await prepareServer({
    ...options,
    env: { ...upstream.env, ...line.env, GATEHOUSE_LINE_API_URL: line.url, ...env },
  });
  for (const secret of Object.values(line.env)) server.secrets.add(secret);
  line.webhook.url = `${server.url}/webhooks/line/default`;
  await launchServer(t, server);
  return { line, upstream, server, user: fromUser(line.people.addUser()) };
}

/** All texts of what was said, in their order. */
export const textsOf = (sent) => sent.flatMap(({ messages }) => messages.map(({ text }) => text));
