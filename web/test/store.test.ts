import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeConversation } from "../widget/history";
import type { ReplyEvent } from "../widget/events";
import { activeReply, initialState, type ChatState, type Reply } from "../widget/state";
import { reduce, type Action } from "../widget/store";

const ACCEPTED: ReplyEvent = {
  kind: "accepted", conversationId: "c", messageId: "m", replyId: "r",
};

function run(actions: readonly Action[], from: ChatState = initialState): ChatState {
  return actions.reduce(reduce, from);
}

function told(event: ReplyEvent, id: string | null = null): Action {
  return { type: "event", event: { id, event } };
}

function delta(text: string, id: string | null = null): Action {
  return told({ kind: "delta", text }, id);
}

function lastReply(state: ChatState): Reply {
  const last = state.messages.at(-1);
  assert.equal(last?.role, "assistant");
  return last as Reply;
}

const ASKED: readonly Action[] = [{ type: "asked", id: "m", text: "hi" }, told(ACCEPTED, "e-1")];

test("a turn from question to end", () => {
  const asked = run([{ type: "asked", id: "m", text: "hi" }]);
  assert.equal(asked.messages.length, 2);
  assert.equal(activeReply(asked)?.status, "waiting");
  const state = run([
    ...ASKED, delta("Hel", "e-2"), delta("lo", "e-3"),
    told({ kind: "end", replyId: "r", finishReason: "stop" }, "e-4"),
  ]);
  assert.equal(state.conversationId, "c");
  assert.equal(lastReply(state).text, "Hello");
  assert.equal(lastReply(state).status, "complete");
  assert.equal(lastReply(state).id, "r");
  assert.equal(activeReply(state), null);
});

test("events that come twice change nothing", () => {
  const state = run([...ASKED, delta("a", "e-2"), delta("b", "e-3"),
                     delta("a", "e-2"), delta("b", "e-3"), delta("c", "e-4")]);
  assert.equal(lastReply(state).text, "abc");
});

test("a reply told from its beginning replaces the text", () => {
  const before = run([...ASKED, delta("Hello wor", "e-2")]);
  const state = run([{ type: "replayExpected" }, told(ACCEPTED, "e-1"),
                     told({ kind: "start", replyId: "r" }, "e-2"), delta("Hello ", "e-3"),
                     delta("world", "e-4")], before);
  assert.equal(lastReply(state).text, "Hello world");
  assert.equal(state.messages.length, 2);
});

test("until the replay begins, the old text stays in view", () => {
  const state = run([...ASKED, delta("Hello", "e-2"), { type: "replayExpected" }]);
  assert.equal(lastReply(state).text, "Hello");
});

test("an answer to a message sent twice is not shown twice", () => {
  const once = run([...ASKED, delta("a", "e-2")]);
  const failed = run([{ type: "sendFailed", id: "m", failure: "lost" }], once);
  const again = run([{ type: "asked", id: "m", text: "hi" }, told(ACCEPTED, "e-1"),
                     delta("a", "e-2")], failed);
  assert.deepEqual(again.messages.map((message) => message.text), ["hi", "a"]);
});

test("stopped, failed and cut replies keep their text", () => {
  const writing = run([...ASKED, delta("Half", "e-2")]);
  const stopped = run([told({ kind: "end", replyId: "r", finishReason: "stopped" })], writing);
  assert.deepEqual([lastReply(stopped).status, lastReply(stopped).text], ["stopped", "Half"]);
  const failed = run([told({ kind: "error", replyId: "r", code: "internal", message: "Sorry.",
                             retryAfterS: null })], writing);
  assert.deepEqual([lastReply(failed).failure, lastReply(failed).text], ["Sorry.", "Half"]);
});

test("citations are sorted and not doubled", () => {
  const cite = (number: number): Action => told({ kind: "citation", citation: {
    number, documentId: "d", file: "f", title: "", heading: "", start: 0, end: 1, quote: "" } });
  const state = run([...ASKED, cite(2), cite(1), cite(2)]);
  assert.deepEqual(lastReply(state).citations.map(({ number }) => number), [1, 2]);
});

test("a refused message goes back to the input", () => {
  const asked = run([{ type: "asked", id: "m", text: "hi" }]);
  const refused = run([{ type: "refused", id: "m", failure: "slow down", untilMs: 5 }], asked);
  assert.equal(refused.draft, "hi");
  assert.equal(refused.messages.length, 0);
  assert.equal(refused.blockedUntilMs, 5);
});

test("a refused message stays, failed, when something new was written meanwhile", () => {
  const state = run([{ type: "asked", id: "m", text: "hi" }, { type: "draft", text: "new" },
                     { type: "refused", id: "m", failure: "slow down", untilMs: 5 }]);
  assert.equal(state.draft, "new");
  const [message] = state.messages;
  assert.equal(message?.role === "user" && message.status, "failed");
});

test("unsent messages survive a reload of the history", () => {
  const state = run([
    { type: "unsent", id: "x", text: "lost", failure: "?" },
    { type: "conversation", id: "c", messages: [] },
  ]);
  assert.deepEqual(state.messages.map(({ id }) => id), ["x"]);
  const known = run([{ type: "conversation", id: "c", messages: [
    { role: "user", key: "x", id: "x", text: "lost", status: "sent", failure: null }] }], state);
  assert.equal(known.messages.length, 1);
});

test("the history: a live reply is active, an orphaned one is interrupted", () => {
  const message = { id: "r", role: "assistant", text: "Half", status: "streaming",
                    citations: [], finish_reason: null };
  const live = decodeConversation({ messages: [message], live: { reply_id: "r" } }, "c");
  assert.equal(live.isLive, true);
  assert.equal(run([{ type: "conversation", ...live }]).messages.length, 1);
  const orphan = decodeConversation({ messages: [message], live: null }, "c");
  assert.equal(orphan.messages[0]?.role === "assistant" && orphan.messages[0].status,
               "interrupted");
  const young = decodeConversation({ messages: [], live: { reply_id: "r" } }, "c");
  assert.equal(young.messages[0]?.status, "waiting");
});
