// One conversation of the mock server: its messages, the reply being written, and the ring of
// events that connections follow.
import { randomUUID } from "node:crypto";
import { scriptFor } from "./mock-scripts.mjs";

let epochs = 0;

export class Conversation {
  id = randomUUID();
  messages = [];
  live = null;
  #epoch = `e${(epochs += 1)}`;
  #ring = [];
  #followers = new Set();
  #offset = 0;
  #forgetsNext = false;

  constructor(owner) {
    this.owner = owner;
  }

  /** Begins a turn. Asking with a known message id begins nothing. */
  ask(messageId, text) {
    if (this.messages.some((message) => message.id === messageId)) return;
    const reply = this.#message(randomUUID(), "assistant", "", "streaming");
    this.messages.push(this.#message(messageId, "user", text, "complete"), reply);
    this.live = { reply, script: scriptFor(text), written: 0, drops: 0, timer: null };
    this.#emit("accepted", {
      conversation_id: this.id,
      message_id: messageId,
      reply_id: reply.id,
    });
    this.#emit("start", { reply_id: reply.id, responder: "mock" });
    this.live.timer = setTimeout(() => this.#write(), this.live.script.firstDelayMs);
  }

  stop() {
    if (this.live) this.#end("stopped");
  }

  /** Events after `after`; without it from the beginning of the live reply. */
  follow(after, follower) {
    if (after !== null && this.#forgetsNext) {
      this.#forgetsNext = false;
      follower.write("reset", { reason: "history" }, null);
    } else {
      for (const event of this.#eventsAfter(after)) follower.write(...event);
    }
    return this.subscribe(follower);
  }

  subscribe(follower) {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  eventsOfMessage(messageId) {
    const first = this.#ring.findIndex(
      ([name, data]) => name === "accepted" && data.message_id === messageId);
    return first < 0 ? [] : this.#ring.slice(first);
  }

  json() {
    const live = this.live && {
      reply_id: this.live.reply.id,
      last_event_id: `${this.#epoch}-${this.#offset}`,
    };
    const created_at = this.messages[0]?.created_at ?? new Date().toISOString();
    return { id: this.id, title: this.messages[0]?.text ?? "", created_at,
             updated_at: created_at, expires_at: created_at, messages: this.messages, live };
  }

  #message(id, role, text, status) {
    return { id, role, text, status, created_at: new Date().toISOString(), citations: [],
             finish_reason: null };
  }

  #eventsAfter(after) {
    if (after === null) {
      if (!this.live) return [];
      const start = this.#ring.findLastIndex(([name]) => name === "accepted");
      return this.#ring.slice(start);
    }
    const offset = Number(after.split("-")[1]);
    return this.#ring.filter(([, , id]) => Number(id.split("-")[1]) > offset);
  }

  #emit(name, data) {
    this.#offset += 1;
    const event = [name, data, `${this.#epoch}-${this.#offset}`];
    this.#ring.push(event);
    for (const follower of [...this.#followers]) follower.write(...event);
  }

  #write() {
    const { live } = this;
    const { script } = live;
    if (live.written >= script.deltas.length) return this.#finish();
    const text = script.deltas[live.written];
    live.written += 1;
    live.reply.text += text;
    this.#emit("delta", { text });
    this.#misbehave(live);
    live.timer = setTimeout(() => this.#write(), script.delayMs);
  }

  #misbehave({ script, written }) {
    if (script.dropAfter.includes(written)) {
      this.#forgetsNext = script.forgets === true;
      for (const follower of [...this.#followers]) follower.drop();
    }
    if (script.closeAfter === written) {
      for (const follower of [...this.#followers]) follower.close();
    }
  }

  #finish() {
    const { reply, script } = this.live;
    for (const citation of script.citations) this.#emit("citation", citation);
    reply.citations = script.citations;
    if (!script.error) return this.#end(script.finishReason);
    reply.status = "failed";
    this.live = null;
    this.#emit("error", { reply_id: reply.id, ...script.error });
  }

  #end(finishReason) {
    const { reply, timer } = this.live;
    clearTimeout(timer);
    reply.status = finishReason === "stopped" ? "stopped" : "complete";
    reply.finish_reason = finishReason;
    this.live = null;
    this.#emit("usage", { prompt_tokens: 12, completion_tokens: 34 });
    this.#emit("end", { reply_id: reply.id, finish_reason: finishReason });
  }
}
