// A stand-in of LINE with LINE's own clients for it, and a bot that only listens.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { messagingApi, validateSignature } from "@line/bot-sdk";
import { fromUser } from "./line_events.mjs";
import { LineServer } from "./line_server.mjs";

/** With one person who is a friend of the bot. */
export async function startLine(t) {
  const line = await LineServer.start(t);
  const channelAccessToken = line.channel.accessToken;
  const { MessagingApiClient, MessagingApiBlobClient } = messagingApi;
  return {
    line,
    client: new MessagingApiClient({ channelAccessToken, baseURL: line.url }),
    blobs: new MessagingApiBlobClient({ channelAccessToken, baseURL: line.dataUrl }),
    user: fromUser(line.people.addUser()),
  };
}

/** `status` is told whether LINE's own package takes the signature for right. */
export async function startBot(t, line, { status = () => 200 } = {}) {
  const bot = { bodies: [] };
  const http = createServer(async (request, response) => {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const raw = Buffer.concat(pieces);
    const signature = request.headers["x-line-signature"] ?? "";
    const isRight = validateSignature(raw, line.channel.secret, signature);
    if (isRight && raw.length > 1) bot.bodies.push(JSON.parse(raw));
    response.writeHead(status(isRight)).end();
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  line.webhook.url = `http://127.0.0.1:${http.address().port}/webhooks/line/default`;
  t.after(() => {
    http.close();
    http.closeAllConnections();
  });
  return bot;
}

/** LINE said no in its form, and what it said is told. */
export async function refused(asked, status, message) {
  const error = await asked.then(
    () => assert.fail("it was accepted"),
    (reason) => reason,
  );
  assert.equal(error.status, status, error.stack);
  assert.match(error.headers.get("x-line-request-id"), /^[0-9a-f-]{36}$/);
  const body = JSON.parse(error.body);
  if (message !== undefined) assert.equal(body.message, message);
  return { ...body, headers: error.headers };
}

/** The same, where a right bot would never have asked. */
export async function mistaken(line, asked, status, message) {
  const body = await refused(asked, status, message);
  assert.equal(line.mistakes.length, 1, String(line.mistakes));
  line.mistakes.length = 0;
  return body;
}
