// What gives robots away.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem } from "./support/checks.mjs";
import { Visitor } from "./support/client.mjs";
import { startServer } from "./support/server.mjs";

const FILLED = "http://robots.example/buy";

test("B5 a message with the hidden field filled in is refused without a reason", async (t) => {
  const server = await startServer(t);
  const visitor = await Visitor.start(server);
  const response = await visitor.chat("Hello there", { website: FILLED });
  assertProblem(response, { status: 403, code: "forbidden" });
  assert.doesNotMatch(response.text, /honeypot|website|robot/i);
  const id = response.headers["x-request-id"];
  const entry = await server.logged("SECURITY_ALERT", (line) => line.request_id === id);
  assert.equal(entry.rule, "bot.honeypot");
  assert.equal(entry.evidence, FILLED);
});

test("a hidden field that is empty, as browsers send it, says nothing", async (t) => {
  const server = await startServer(t);
  const visitor = await Visitor.start(server);
  const response = await visitor.chat("Hello there", { website: "" });
  assert.equal(response.status, 200);
});
