// Readers that don't read, and replies that are too long: bounded, told, and made good.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { Visitor } from "./support/client.mjs";
import { startServer } from "./support/server.mjs";
import { namesOf, textOf } from "./support/sse.mjs";
import { Upstream } from "./support/upstream.mjs";
import { eventually } from "./support/waiting.mjs";

const PIECE = "0123456789abcde ".repeat(1024); // 16 KB
const PIECES = 640; // 10 MB: more than the kernel takes for a reader that doesn't read

async function prepare(t, env) {
  const upstream = await Upstream.start(t);
  upstream.scripts.flood = async (x) => {
    x.start();
    for (let i = 0; i < PIECES; i += 1) await x.say(PIECE);
    await x.finish();
    await x.done();
  };
  const server = await startServer(t, { env: { ...upstream.env, ...env } });
  return { upstream, server, visitor: await Visitor.start(server) };
}

test("B7 a reader too slow is sent away with `closing`, the reply goes on", async (t) => {
  const { upstream, server, visitor } = await prepare(t, {
    GATEHOUSE_STREAM_QUEUE_BYTES: "65536",
    GATEHOUSE_REPLY_MAX_BYTES: "33554432",
  });
  const stream = await visitor.stream("flood please");
  const [accepted] = await stream.take(1);
  stream.response.pause();
  const { conversation_id: id } = accepted.data;
  const exchange = await upstream.asked("flood please");
  assert.equal(await exchange.closed(), false, "the backend is heard to its end");
  await eventually(async () => (await visitor.conversation(id)).live === null, "the reply's end");
  const memoryKb = Number(/VmRSS:\s+(\d+)/.exec(await procStatus(server.pid))[1]);
  assert.ok(memoryKb < 300_000, `${memoryKb} KB for one slow reader`);

  stream.response.resume();
  const seen = await stream.all();
  assert.ok(stream.isComplete, "the response ends properly");
  assert.equal(seen.at(-1).event, "closing");
  assert.ok(seen.at(-1).data.reason.length > 0);
  assert.ok(textOf(seen).length < PIECES * PIECE.length);

  const again = await visitor.events(id, seen.at(-1).id);
  const first = await again.next();
  assert.ok(["reset", "delta"].includes(first.event), first.event);
  again.close();
  const reply = await visitor.reply(id);
  assert.equal(reply.text, PIECE.repeat(PIECES));
  assert.equal(reply.status, "complete");
});

test("a reply that grows too long is cut, and says so", async (t) => {
  const { visitor, upstream } = await prepare(t, { GATEHOUSE_REPLY_MAX_BYTES: "100000" });
  const events = await (await visitor.stream("flood please")).all();
  assert.equal(events.at(-1).event, "end");
  assert.equal(events.at(-1).data.finish_reason, "content_filter");
  const text = textOf(events);
  assert.ok(text.length > 60_000 && text.length <= 100_000, `${text.length}`);
  assert.equal(await (await upstream.asked("flood please")).closed(), true);
  const reply = await visitor.reply(events[0].data.conversation_id);
  assert.equal(reply.text, text);
});

test("history is bounded: who comes back too late is told to read anew", async (t) => {
  const { visitor } = await prepare(t, {
    GATEHOUSE_REPLY_MAX_BYTES: "33554432",
    GATEHOUSE_STREAM_QUEUE_BYTES: "33554432",
  });
  const events = await (await visitor.stream("flood please")).all();
  assert.equal(textOf(events).length, PIECES * PIECE.length);
  const again = await visitor.events(events[0].data.conversation_id, events[3].id);
  assert.deepEqual(namesOf(await again.take(1)), ["reset"]);
  again.close();
});

async function procStatus(pid) {
  return readFile(`/proc/${pid}/status`, "utf8");
}
