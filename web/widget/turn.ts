import type { Api, ChatRequest, Metadata } from "./api";
import { Problem } from "../shared/problem";
import { explain, explainReplyError } from "./explain";
import { readReply, type Outcome } from "./reply-reader";
import type { StreamEvent } from "./events";
import { activeReply } from "./state";
import type { Store } from "./store";
import type { Strings } from "./strings";
import { backoffMs, wait, waitForRetry, whenOnline } from "./wait";

export interface Outgoing {
  readonly id: string;
  readonly text: string;
  /** Of the field that people don't see; left out when it is empty, as it should be. */
  readonly website?: string;
}

export interface TurnOptions {
  readonly metadata: Metadata;
  readonly isStreaming: boolean;
}

/** A message that got no answer is sent again this often before the visitor is asked. */
const SEND_ATTEMPTS = 4;
/** A stream that breaks this often in a row without one event: read the conversation instead. */
const FAILURES_BEFORE_RELOAD = 5;

/**
 * One turn: the message goes out and its reply comes in, over as many connections as it takes.
 * Asking again is safe because of the message's id; text is never doubled because of event ids.
 */
export class Turn {
  private readonly aborter = new AbortController();
  private failures = 0;
  private isStopWanted = false;

  constructor(
    private readonly api: Api,
    private readonly store: Store,
    private readonly strings: Strings,
    private readonly options: TurnOptions,
  ) {}

  /** Sends the message and follows its reply to the end. */
  async ask(message: Outgoing): Promise<void> {
    for (let attempt = 0; !this.isOver(); attempt += navigator.onLine ? 1 : 0) {
      await whenOnline(this.aborter.signal);
      if (this.isOver()) return;
      if (this.isStopWanted) return this.refuse(message, null);
      try {
        const response = await this.post(message);
        const outcome = await this.read(response);
        if (this.isAccepted(message)) return await this.follow(outcome);
        if (attempt + 1 >= SEND_ATTEMPTS) throw new Error("no answer to the message");
      } catch (error) {
        if (this.isOver()) return;
        const isFinal = error instanceof Problem || attempt + 1 >= SEND_ATTEMPTS;
        if (isFinal) return this.refuse(message, error);
      }
      this.store.dispatch({ type: "link", link: "reconnecting" });
      await waitForRetry(backoffMs(attempt), this.aborter.signal);
    }
  }

  /** Follows the reply that is being written, told again from its beginning. */
  async resume(): Promise<void> {
    this.store.dispatch({ type: "replayExpected" });
    await this.follow("closing");
  }

  /** Ends the reply; what was written stays. Before the server knows of it, the wish waits. */
  async stop(): Promise<void> {
    const { conversationId } = this.store.get();
    this.store.dispatch({ type: "stopping" });
    this.isStopWanted = true;
    if (conversationId === null || activeReply(this.store.get())?.id.startsWith("reply-to-")) {
      return;
    }
    await this.requestStop(conversationId);
  }

  abort(): void {
    this.aborter.abort();
  }

  private isOver(): boolean {
    return this.aborter.signal.aborted;
  }

  private async requestStop(conversationId: string): Promise<void> {
    this.isStopWanted = false;
    const stopped = await this.api.stop(conversationId).then(() => true, () => false);
    // Normally the stream itself tells the end; if it doesn't, nobody should wait for it.
    await wait(stopped ? 2_000 : 0, this.aborter.signal);
    if (this.isOver() || !this.store.get().isStopping) return;
    this.store.dispatch({ type: "stopped" });
    this.abort();
  }

  private async post(message: Outgoing): Promise<Response> {
    const { conversationId } = this.store.get();
    try {
      return await this.api.chat(this.request(message, conversationId), this.aborter.signal);
    } catch (error) {
      const isLost = error instanceof Problem && (error.status === 404 || error.status === 410);
      if (!isLost || conversationId === null) throw error;
      // It expired, or belonged to a session that ended: go on in a new conversation.
      this.store.dispatch({ type: "conversationLost" });
      return this.api.chat(this.request(message, null), this.aborter.signal);
    }
  }

  private request(message: Outgoing, conversationId: string | null): ChatRequest {
    const { metadata, isStreaming } = this.options;
    return {
      message: message.text,
      message_id: message.id,
      stream: isStreaming,
      ...(conversationId === null ? {} : { conversation_id: conversationId }),
      ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
      ...(message.website ? { website: message.website } : {}),
    };
  }

  private read(response: Response, isReplay = false): Promise<Outcome> {
    return readReply(response, (event) => this.take(event), isReplay);
  }

  private take(event: StreamEvent): void {
    if (this.isOver()) return;
    this.failures = 0;
    this.store.dispatch({ type: "link", link: "up" });
    this.store.dispatch({ type: "event", event: this.inPlainWords(event) });
    const { conversationId } = this.store.get();
    if (this.isStopWanted && conversationId !== null) void this.requestStop(conversationId);
  }

  private inPlainWords(placed: StreamEvent): StreamEvent {
    const { id, event } = placed;
    if (event.kind !== "error") return placed;
    const reason = explainReplyError(event.message, this.strings);
    if (event.retryAfterS !== null) {
      const untilMs = Date.now() + event.retryAfterS * 1000;
      this.store.dispatch({ type: "blocked", untilMs, reason });
    }
    return { id, event: { ...event, message: reason } };
  }

  private isAccepted(message: Outgoing): boolean {
    return this.store.get().messages.some(
      (each) => each.role === "user" && each.id === message.id && each.status === "sent");
  }

  private refuse(message: Outgoing, error: unknown): void {
    this.store.dispatch({ type: "link", link: "up" });
    const failure = explain(error, this.strings);
    if (error instanceof Problem && error.status === 429) {
      const untilMs = Date.now() + error.retryAfterMs();
      this.store.dispatch({ type: "refused", id: message.id, failure, untilMs });
    } else {
      this.store.dispatch({ type: "sendFailed", id: message.id, failure });
    }
  }

  /** Comes back to the stream until the reply has ended, however often the line breaks. */
  private async follow(first: Outcome): Promise<void> {
    let outcome = first;
    let askedToWaitMs = 0;
    while (outcome !== "ended" && !this.isOver() && activeReply(this.store.get())) {
      if (outcome === "lost") await this.pause(askedToWaitMs);
      if (this.isOver()) return;
      try {
        outcome = await this.goOn(outcome);
      } catch (error) {
        if (error instanceof Problem && !error.isPassing()) return this.giveUp(error);
        askedToWaitMs = error instanceof Problem ? error.retryAfterMs() : 0;
        outcome = "lost";
      }
    }
    if (!this.isOver()) this.store.dispatch({ type: "link", link: "up" });
  }

  private async goOn(outcome: Outcome): Promise<Outcome> {
    const { conversationId } = this.store.get();
    if (conversationId === null) return "ended";
    const isReloadDue = outcome === "reset" || this.failures >= FAILURES_BEFORE_RELOAD;
    if (isReloadDue && !(await this.reload(conversationId))) return "ended";
    const { lastEventId } = this.store.get();
    const response = await this.api.events(conversationId, lastEventId, this.aborter.signal);
    return this.read(response, lastEventId === null);
  }

  /** Reads the conversation again. Answers whether a reply is still being written. */
  private async reload(conversationId: string): Promise<boolean> {
    const conversation = await this.api.conversation(conversationId);
    if (this.isOver()) return false;
    this.failures = 0;
    const { id, messages } = conversation;
    this.store.dispatch({ type: "conversation", id, messages });
    this.store.dispatch({ type: "replayExpected" });
    return conversation.isLive;
  }

  private async pause(askedToWaitMs: number): Promise<void> {
    this.failures += 1;
    this.store.dispatch({ type: "link", link: "reconnecting" });
    await wait(askedToWaitMs, this.aborter.signal);
    await waitForRetry(backoffMs(this.failures - 1), this.aborter.signal);
    await whenOnline(this.aborter.signal);
  }

  private giveUp(error: unknown): void {
    if (this.isOver()) return;
    this.store.dispatch({ type: "link", link: "up" });
    this.store.dispatch({ type: "replyFailed", failure: explain(error, this.strings) });
  }
}
