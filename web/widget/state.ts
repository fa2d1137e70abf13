import type { Citation } from "./events";

export interface UserMessage {
  readonly role: "user";
  readonly key: string;
  readonly id: string;
  readonly text: string;
  readonly status: "sending" | "sent" | "failed";
  readonly failure: string | null;
}

export type ReplyStatus =
  | "waiting"
  | "streaming"
  | "complete"
  | "stopped"
  | "failed"
  | "interrupted";

export interface Reply {
  readonly role: "assistant";
  /** Stays the same while `id` changes from the local placeholder to the server's. */
  readonly key: string;
  readonly id: string;
  readonly text: string;
  readonly status: ReplyStatus;
  readonly citations: readonly Citation[];
  readonly finishReason: string | null;
  readonly failure: string | null;
  /** The stream will tell this reply from its beginning: the first event replaces the text. */
  readonly isReplayed: boolean;
}

export type Message = UserMessage | Reply;

export interface ChatState {
  /** "stuck": the earlier conversation could not be asked for; it waits for "Try again". */
  readonly phase: "idle" | "starting" | "stuck" | "ready";
  readonly conversationId: string | null;
  readonly messages: readonly Message[];
  readonly lastEventId: string | null;
  readonly link: "up" | "reconnecting" | "offline";
  readonly isStopping: boolean;
  /** After a 429: when sending is possible again. */
  readonly blockedUntilMs: number | null;
  readonly blockedReason: string;
  /** How much of a proof of work is done, 0 to 1; null when none is being made. */
  readonly checking: number | null;
  readonly draft: string;
  readonly alert: string | null;
}

export const initialState: ChatState = {
  phase: "idle",
  conversationId: null,
  messages: [],
  lastEventId: null,
  link: "up",
  isStopping: false,
  blockedUntilMs: null,
  blockedReason: "",
  checking: null,
  draft: "",
  alert: null,
};

/** The reply that is being written, if there is one. */
export function activeReply(state: ChatState): Reply | null {
  const last = state.messages.at(-1);
  const isActive = last?.role === "assistant" && isBeingWritten(last);
  return isActive ? last : null;
}

export function isBeingWritten(reply: Reply): boolean {
  return reply.status === "waiting" || reply.status === "streaming";
}

export function updateActiveReply(state: ChatState, change: (reply: Reply) => Reply): ChatState {
  const active = activeReply(state);
  if (!active) return state;
  return { ...state, messages: [...state.messages.slice(0, -1), change(active)] };
}

export function endReply(state: ChatState, change: Partial<Reply>): ChatState {
  const ended = updateActiveReply(state, (reply) => ({ ...reply, ...change, isReplayed: false }));
  return { ...ended, isStopping: false };
}

export function userMessage(id: string, text: string): UserMessage {
  return { role: "user", key: id, id, text, status: "sending", failure: null };
}

export function emptyReply(id: string): Reply {
  return { role: "assistant", key: id, id, text: "", status: "waiting", citations: [],
           finishReason: null, failure: null, isReplayed: false };
}
