import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeEvent, isAlreadySeen } from "../widget/events";
import { SseParser } from "../widget/sse";

const STREAM =
  ": hello\n\nid: e1-1\nevent: delta\ndata: {\"text\":\"Grüße 🎈\"}\n\n" +
  "id: e1-2\r\nevent: end\r\ndata: {\"reply_id\":\"r\",\r\n" +
  "data: \"finish_reason\":\"stop\"}\r\n\r\n";

test("a stream cut anywhere gives the same events", () => {
  const whole = new SseParser().push(STREAM);
  assert.equal(whole.length, 2);
  for (let cut = 1; cut < STREAM.length; cut += 1) {
    const parser = new SseParser();
    const pieces = [...parser.push(STREAM.slice(0, cut)), ...parser.push(STREAM.slice(cut))];
    assert.deepEqual(pieces, whole, `cut at ${cut}`);
  }
});

test("fields, comments, byte order mark and lone carriage returns", () => {
  const parser = new SseParser();
  const events = parser.push("\uFEFFdata:one\rdata:  two\rretry: 5\rid: 7\r\r:\n\ndata\n\n");
  assert.deepEqual(events, [
    { event: "message", data: "one\n two", id: "7" },
    { event: "message", data: "", id: "7" },
  ]);
});

test("an event without its blank line is not an event", () => {
  assert.deepEqual(new SseParser().push("data: half\n"), []);
});

test("a line without end is refused before it fills the memory", () => {
  const parser = new SseParser();
  assert.throws(() => {
    for (let index = 0; index < 20; index += 1) parser.push("x".repeat(100_000));
  });
});

test("reply events are decoded, malformed and unknown ones dropped", () => {
  const decode = (event: string, data: string) => decodeEvent({ event, data, id: null })?.event;
  assert.deepEqual(decode("delta", '{"text":"a"}'), { kind: "delta", text: "a" });
  assert.equal(decode("delta", '{"text":1}'), undefined);
  assert.equal(decode("delta", "not json"), undefined);
  assert.equal(decode("tool_call", '{"index":0}'), undefined);
  assert.deepEqual(decode("error", "{}"), {
    kind: "error", replyId: null, code: "internal", message: "", retryAfterS: null,
  });
});

test("events of the same epoch are seen once, a new epoch begins anew", () => {
  assert.equal(isAlreadySeen("e1-4", "e1-4"), true);
  assert.equal(isAlreadySeen("e1-3", "e1-10"), true);
  assert.equal(isAlreadySeen("e1-11", "e1-10"), false);
  assert.equal(isAlreadySeen("e2-1", "e1-10"), false);
  assert.equal(isAlreadySeen("e1-1", null), false);
});
