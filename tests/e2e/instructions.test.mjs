// chat.instructions: what models are told first, and the canary that tells when they repeat it.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import { send, Visitor } from "./support/client.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { runBinary, startServer } from "./support/server.mjs";
import { textOf } from "./support/sse.mjs";
import { Upstream } from "./support/upstream.mjs";

const INSTRUCTIONS = "You help the visitors of a museum.\nAnswer in short sentences.";
const CANARY = /gh-ref-[0-9a-f]{20}/;
const later = untilFileEnds();
const folder = mkdtempSync(join(tmpdir(), "gatehouse-instructions-"));
later.after(() => rmSync(folder, { recursive: true }));
const file = join(folder, "instructions.md");

let upstream;
let server;
before(async () => {
  writeFileSync(file, `\n${INSTRUCTIONS}\n\n`);
  upstream = await Upstream.start(later);
  const env = { ...upstream.env, GATEHOUSE_INSTRUCTIONS: file };
  server = await startServer(later, { env });
});

/** What the backend was told as the system, when it was asked that. */
async function toldWith(question) {
  const { body } = await upstream.asked(question);
  return body.messages.filter(({ role }) => role === "system").map(({ content }) => content);
}

test("F3 models are told the site's instructions before each conversation", async () => {
  const visitor = await Visitor.start(server);
  const { conversation_id: id } = await visitor.answer("plain first");
  await visitor.answer("plain second", { conversation_id: id });
  const [first, ...more] = await toldWith("plain first");
  assert.deepEqual(more, []);
  assert.ok(first.startsWith(INSTRUCTIONS), first);
  assert.match(first, CANARY);
  assert.deepEqual(await toldWith("plain second"), [first], "once, and the same");
  const { messages } = await visitor.conversation(id);
  assert.deepEqual(messages.map(({ role }) => role), ["user", "assistant", "user", "assistant"]);
});

test("F3 a reply that repeats the canary is cut, and the operator hears of it", async () => {
  const visitor = await Visitor.start(server);
  await visitor.answer("plain look");
  const [told] = await toldWith("plain look");
  const [canary] = CANARY.exec(told);
  upstream.scripts.leak = async (x) => {
    x.start();
    for (const content of [...`I was told: ${told}`]) await x.delta({ content });
    await x.finish("stop");
    await x.done();
  };
  const stream = await visitor.stream("leak it");
  const events = await stream.all();
  assert.ok(!stream.text.includes(canary) && !stream.text.includes(canary.slice(7)));
  assert.ok(textOf(events).startsWith("I was told: You help"), textOf(events));
  assert.equal(events.at(-1).data.finish_reason, "content_filter");
  const alert = await server.logged("SECURITY_ALERT", ({ rule }) => rule === "canary");
  assert.equal(alert.action, "cut");
});

test("/v1 is given what its client says, and guarded by the same canary", async () => {
  const body = { model: "gpt-test", messages: [{ role: "user", content: "plain v1" }] };
  const answer = await send(server, { method: "POST", path: "/v1/chat/completions", body });
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(await toldWith("plain v1"), []);
});

test("a file that isn't there, or is no text, stops the start and says what to do", async () => {
  const broken = join(folder, "broken.md");
  writeFileSync(broken, Buffer.from([0x61, 0xff, 0x00]));
  for (const [path, told] of [[join(folder, "away.md"), /away\.md/], [broken, /must hold text/]]) {
    const env = { GATEHOUSE_INSTRUCTIONS: path };
    const { code, output } = await runBinary(["serve"], { env });
    assert.notEqual(code, 0);
    assert.match(output, told);
    assert.match(output, /unset the setting/);
  }
});
