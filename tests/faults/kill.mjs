// node tests/faults/kill.mjs [rounds=100]: kills the server at random moments under load and checks
// after each restart that nothing it had accepted is missing and nothing half is told as whole.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { Visitor } from "../e2e/support/client.mjs";
import { prepareServer } from "../e2e/support/server.mjs";
import { Upstream } from "../e2e/support/upstream.mjs";
import { pause } from "../e2e/support/waiting.mjs";

const rounds = Number(process.argv[2] ?? 100);
const CHATTERS = 6;
const KILL_AFTER_MS_MAX = 700;
const KILLED_WHILE_STARTING = 0.1; // of the rounds
const ENDS = ["complete", "interrupted"];

const random = (below) => Math.floor(Math.random() * below);
const counts = { asked: 0, accepted: 0, whole: 0, complete: 0, interrupted: 0, again: 0 };

/** Says the question back in many small pieces, with short pauses for the kill to fall into. */
async function murmur(x) {
  x.start();
  for (const word of x.question.match(/\S+\s*/g)) {
    await x.say(word);
    if (random(3) === 0) await pause(random(12));
  }
  await x.finish();
  await x.done();
}

/** One person who asks and asks, and remembers what the server promised. */
class Chatter {
  asked = new Map(); // message id -> {text, accepted, replyId, whole}
  conversation = null;
  unanswered = null;

  constructor(visitor) {
    this.visitor = visitor;
  }

  async talk(isOver) {
    if (random(3) === 0) this.conversation = null;
    while (!isOver()) {
      const message = this.unanswered ?? this.newMessage();
      message.isAgain = this.unanswered !== null;
      if (message.isAgain) counts.again += 1;
      this.unanswered = message;
      try {
        await (random(4) === 0 ? this.askWhole(message) : this.askStream(message));
        this.unanswered = null;
      } catch (error) {
        if (!isOver()) throw error;
      }
    }
  }

  newMessage() {
    const words = Array.from({ length: 1 + random(60) }, (_, i) => `w${i}-${random(1000)}`);
    const message = { id: randomUUID(), text: `murmur ${words.join(" ")}` };
    // A message that begins a conversation can't be looked up before its id is known.
    message.conversation = this.conversation;
    counts.asked += 1;
    return message;
  }

  body(message) {
    return {
      message_id: message.id,
      ...(message.conversation ? { conversation_id: message.conversation } : {}),
    };
  }

  async askStream(message) {
    const stream = await this.visitor.stream(message.text, this.body(message));
    let last = null;
    for (let event = await stream.next(); event; event = await stream.next()) {
      last = event;
      if (event.event === "accepted") this.accept(message, event.data);
    }
    if (last?.event === "end") message.isWhole = true;
    else if (!(last?.event === "error" && message.isAgain)) {
      throw new Error(`the stream was cut after ${JSON.stringify(last)}`);
    }
  }

  async askWhole(message) {
    const { status, json, text } = await this.visitor.chat(message.text, this.body(message));
    // Asked again after a kill, the reply may be one that was interrupted, which is told as that.
    if (message.isAgain && status === 502) return;
    assert.equal(status, 200, text);
    this.accept(message, { ...json, reply_id: json.reply.id });
    assert.equal(json.reply.text, message.text);
    assert.equal(json.reply.finish_reason, "stop");
    message.isWhole = true;
    counts.whole += 1;
  }

  accept(message, { conversation_id: id, message_id: messageId, reply_id: replyId }) {
    assert.equal(messageId, message.id);
    message.conversation = id;
    message.replyId = replyId;
    this.conversation = id;
    this.asked.set(message.id, message);
    counts.accepted += 1;
  }

  /** Compares all that was promised in this round with what is there. */
  async check() {
    const promised = [...this.asked.values()];
    for (const id of new Set(promised.map(({ conversation }) => conversation))) {
      const { messages, live } = await this.visitor.conversation(id);
      assert.equal(live, null);
      checkShape(messages);
      for (const message of promised.filter(({ conversation }) => conversation === id)) {
        this.checkMessage(message, messages);
      }
    }
    // What was settled once stays settled; looking at it again each round would only take time.
    this.asked.clear();
  }

  checkMessage(message, messages) {
    const at = messages.findIndex(({ id }) => id === message.id);
    assert.ok(at >= 0, `accepted and lost: ${message.text}`);
    assert.equal(messages[at].text, message.text);
    const reply = messages[at + 1];
    assert.equal(reply?.id, message.replyId, "the reply is another");
    if (message.isWhole) assert.equal(reply.status, "complete", "told to its end and not kept");
    if (reply.status === "complete")
      assert.equal(reply.text, message.text, "half a reply as whole");
    assert.ok(message.text.startsWith(reply.text), `a reply with other words: ${reply.text}`);
    counts[reply.status] += 1;
  }
}

function checkShape(messages) {
  assert.equal(new Set(messages.map(({ id }) => id)).size, messages.length, "an id twice");
  messages.forEach(({ role, status }, i) => {
    assert.equal(role, i % 2 === 0 ? "user" : "assistant");
    assert.ok(ENDS.includes(status), status);
  });
  assert.equal(messages.length % 2, 0, "a message without its reply");
}

async function playRound(server, chatters) {
  if (Math.random() < KILLED_WHILE_STARTING) {
    server.launch();
    await pause(random(120));
    await server.kill();
  }
  await server.relaunch();
  await Promise.all(chatters.map((chatter) => chatter.check()));
  let isOver = false;
  const talking = chatters.map((chatter) => chatter.talk(() => isOver));
  const killing = pause(random(KILL_AFTER_MS_MAX)).then(() => {
    isOver = true;
    return server.kill();
  });
  await Promise.all([...talking, killing]);
}

function checkStore(path) {
  const code =
    "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute(" +
    "'PRAGMA integrity_check').fetchone()[0])";
  assert.equal(execFileSync("python3", ["-c", code, path]).toString().trim(), "ok");
}

async function main() {
  const upstream = await Upstream.start();
  upstream.scripts.murmur = murmur;
  const server = await prepareServer({
    env: {
      ...upstream.env,
      GATEHOUSE_LOG_STDOUT: "off",
      SESSION_SECRET: "a test secret for sessions that is long enough",
    },
  });
  server.launch();
  await server.untilReady();
  const visitors = Array.from({ length: CHATTERS }, () => Visitor.start(server));
  const chatters = (await Promise.all(visitors)).map((visitor) => new Chatter(visitor));
  await server.kill();
  const started = Date.now();
  for (let round = 1; round <= rounds; round += 1) {
    await playRound(server, chatters);
    upstream.requests.items.length = 0;
    if (round % 10 === 0 || round === rounds) {
      console.log(
        `${round} kills, ${Math.round((Date.now() - started) / 1000)} s: ` + JSON.stringify(counts),
      );
    }
  }
  await server.relaunch();
  await Promise.all(chatters.map((chatter) => chatter.check()));
  await server.stop();
  checkStore(join(server.dataDir, "gatehouse.db"));
  upstream.close();
  for (const [name, least] of [
    ["accepted", rounds],
    ["complete", 1],
    ["interrupted", rounds > 20 ? 1 : 0],
  ]) {
    assert.ok(counts[name] >= least, `too little happened: ${JSON.stringify(counts)}`);
  }
  rmSync(server.home, { recursive: true, force: true });
  console.log(
    `Nothing that was accepted is missing, nothing half was told as whole: ${rounds} kills.`,
  );
}

await main();
