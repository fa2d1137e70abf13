import { newUuid } from "../shared/uuid";
import { parseObject, stringOf } from "../shared/json";
import type { Api, KnowledgeDocument, Site } from "./api";
import { Problem } from "../shared/problem";
import { explain } from "./explain";
import { activeReply, type UserMessage } from "./state";
import type { Storage } from "../shared/storage";
import type { Store } from "./store";
import type { Strings } from "./strings";
import { Turn, type Outgoing, type TurnOptions } from "./turn";
import { backoffMs, wait, waitForRetry, whenOnline } from "./wait";

export interface ChatOptions extends TurnOptions {
  /** Go on with the conversation of the last visit. */
  readonly isRestoring: boolean;
}

/** What pages hear through `onMessage`. */
export interface MessageNotice {
  readonly role: "user" | "assistant";
  readonly text: string;
  readonly conversationId: string | null;
}

const CONVERSATION = "conversation";
const UNCONFIRMED = "unconfirmed";

/** Everything the visitor can do, whatever draws it. */
export class Chat {
  readonly listeners = new Set<(message: MessageNotice) => void>();
  private readonly closing = new AbortController();
  private turn: Turn | null = null;
  private starting: Promise<void> | null = null;

  constructor(
    readonly api: Api,
    readonly store: Store,
    private readonly storage: Storage,
    private readonly strings: Strings,
    private readonly options: ChatOptions,
  ) {}

  /** Called when the chat is first seen: a page whose visitor never chats costs no request. */
  start(): Promise<void> {
    this.starting ??= this.restore();
    return this.starting;
  }

  site(): Promise<Site> {
    return this.api.site();
  }

  document(id: string): Promise<KnowledgeDocument> {
    return this.api.document(id);
  }

  async send(text: string, website = ""): Promise<void> {
    const message = text.trim();
    if (message === "" || this.isBusy()) return;
    await this.start();
    if (this.isBusy() || this.store.get().phase !== "ready") return;
    await this.ask({ id: newUuid(), text: message, website });
  }

  /** The same id again, so that a message which did arrive isn't asked twice. */
  async retry(message: UserMessage): Promise<void> {
    if (!this.isBusy()) await this.ask({ id: message.id, text: message.text });
  }

  async stop(): Promise<void> {
    await this.turn?.stop();
  }

  newChat(): void {
    this.turn?.abort();
    this.storage.remove(CONVERSATION);
    this.storage.remove(UNCONFIRMED);
    this.store.dispatch({ type: "cleared" });
  }

  async deleteChat(): Promise<void> {
    const { conversationId } = this.store.get();
    try {
      if (conversationId !== null) await this.api.deleteConversation(conversationId);
    } catch (error) {
      const isGone = error instanceof Problem && error.status === 404;
      if (!isGone) {
        this.store.dispatch({ type: "alert", text: explain(error, this.strings) });
        return;
      }
    }
    this.newChat();
  }

  /** Another tab may have gone on with the conversation while this one was out of sight. */
  async refresh(): Promise<void> {
    const { phase, messages } = this.store.get();
    const id = this.storage.read(CONVERSATION);
    if (phase !== "ready" || messages.length === 0 || id === null || this.turn) return;
    const isLive = await this.load(id).catch(() => false);
    if (isLive && !this.turn) await this.run((turn) => turn.resume());
  }

  close(): void {
    this.closing.abort();
    this.turn?.abort();
  }

  isReplying(): boolean {
    return activeReply(this.store.get()) !== null;
  }

  private isBusy(): boolean {
    const { blockedUntilMs } = this.store.get();
    const isBlocked = blockedUntilMs !== null && blockedUntilMs > Date.now();
    return isBlocked || this.isReplying();
  }

  private async ask(message: Outgoing): Promise<void> {
    const { id, text } = message;
    this.storage.write(UNCONFIRMED, JSON.stringify({ id, text }));
    this.store.dispatch({ type: "asked", id, text });
    this.tell("user", text);
    await this.run((turn) => turn.ask(message));
  }

  private async run(go: (turn: Turn) => Promise<void>): Promise<void> {
    const turn = new Turn(this.api, this.store, this.strings, this.options);
    this.turn = turn;
    const forget = this.store.subscribe(() => this.remember());
    try {
      await go(turn);
    } finally {
      forget();
      turn.abort();
      if (this.turn === turn) this.finish();
    }
  }

  private finish(): void {
    this.turn = null;
    this.remember();
    const last = this.store.get().messages.at(-1);
    if (last?.role !== "assistant") return;
    if (last.status === "complete" || last.status === "stopped") this.tell("assistant", last.text);
  }

  /** Keeps what a reload needs: which conversation, and which message may not have arrived. */
  private remember(): void {
    const { conversationId, messages } = this.store.get();
    if (conversationId !== null) this.storage.write(CONVERSATION, conversationId);
    const isOpen = messages.some(
      (message) => message.role === "user" && message.status === "sending");
    if (!isOpen) this.storage.remove(UNCONFIRMED);
  }

  private tell(role: MessageNotice["role"], text: string): void {
    const { conversationId } = this.store.get();
    for (const listener of this.listeners) listener({ role, text, conversationId });
  }

  private async restore(): Promise<void> {
    const id = this.options.isRestoring ? this.storage.read(CONVERSATION) : null;
    this.store.dispatch({ type: "phase", phase: "starting" });
    let isLive = false;
    try {
      isLive = id !== null && (await this.loadPatiently(id));
    } catch {
      this.starting = null;
      this.store.dispatch({ type: "phase", phase: "stuck" });
      return;
    }
    this.restoreUnconfirmed();
    this.store.dispatch({ type: "phase", phase: "ready" });
    if (isLive) void this.run((turn) => turn.resume());
  }

  /**
   * Tries until there is an answer: an empty chat would look as if the history were gone. Throws
   * where trying again by itself would only cost the visitor's battery.
   */
  private async loadPatiently(id: string): Promise<boolean> {
    const { signal } = this.closing;
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      try {
        return await this.load(id);
      } catch (error) {
        if (error instanceof Problem && error.isUnproved()) throw error;
        this.store.dispatch({ type: "link", link: "reconnecting" });
        await wait(error instanceof Problem ? error.retryAfterMs() : 0, signal);
        await waitForRetry(backoffMs(attempt), signal);
        await whenOnline(signal);
      }
    }
    return false;
  }

  /** Answers whether a reply is being written. Throws what may pass, not what is final. */
  private async load(id: string): Promise<boolean> {
    try {
      const { messages, isLive } = await this.api.conversation(id);
      this.store.dispatch({ type: "link", link: "up" });
      this.store.dispatch({ type: "conversation", id, messages });
      return isLive;
    } catch (error) {
      if (!(error instanceof Problem) || error.isPassing()) throw error;
      this.store.dispatch({ type: "link", link: "up" });
      if (error.isUnproved()) throw error;
      this.storage.remove(CONVERSATION);
      return false;
    }
  }

  /** The page was left before the server confirmed a message: show it, and let it be resent. */
  private restoreUnconfirmed(): void {
    const stored = parseObject(this.storage.read(UNCONFIRMED) ?? "");
    const id = stored && stringOf(stored, "id");
    const text = stored && stringOf(stored, "text");
    this.storage.remove(UNCONFIRMED);
    if (!id || !text || !this.options.isRestoring) return;
    if (this.store.get().messages.some((message) => message.id === id)) return;
    this.store.dispatch({ type: "unsent", id, text, failure: this.strings.unconfirmed });
  }
}
