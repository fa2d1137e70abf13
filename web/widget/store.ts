import type { StreamEvent } from "./events";
import { reduceEvent } from "./reply-reducer";
import {
  emptyReply,
  endReply,
  initialState,
  isBeingWritten,
  updateActiveReply,
  userMessage,
  type ChatState,
  type Message,
} from "./state";

export type Action =
  | { type: "phase"; phase: ChatState["phase"] }
  | { type: "conversation"; id: string; messages: readonly Message[] }
  | { type: "cleared" }
  | { type: "unsent"; id: string; text: string; failure: string }
  | { type: "asked"; id: string; text: string }
  | { type: "event"; event: StreamEvent }
  | { type: "sendFailed"; id: string; failure: string }
  | { type: "refused"; id: string; failure: string; untilMs: number }
  | { type: "blocked"; untilMs: number; reason: string }
  | { type: "unblocked" }
  | { type: "checking"; share: number | null }
  | { type: "replyFailed"; failure: string }
  | { type: "replayExpected" }
  | { type: "conversationLost" }
  | { type: "stopping" }
  | { type: "stopped" }
  | { type: "link"; link: ChatState["link"] }
  | { type: "draft"; text: string }
  | { type: "alert"; text: string | null };

export function reduce(state: ChatState, action: Action): ChatState {
  switch (action.type) {
    case "phase":
      return { ...state, phase: action.phase };
    case "conversation":
      return withHistory(state, action.id, action.messages);
    case "cleared":
      return { ...initialState, phase: "ready", link: state.link,
               blockedUntilMs: state.blockedUntilMs, blockedReason: state.blockedReason,
               draft: state.draft };
    case "unsent":
      return withMessage(state, { ...userMessage(action.id, action.text), status: "failed",
                                  failure: action.failure });
    case "asked":
      return asked(state, action.id, action.text);
    case "event":
      return reduceEvent(state, action.event);
    case "sendFailed":
      return sendFailed(state, action.id, action.failure);
    case "refused":
      return refused(state, action);
    case "blocked":
      return { ...state, blockedUntilMs: action.untilMs, blockedReason: action.reason };
    case "unblocked":
      return { ...state, blockedUntilMs: null };
    case "checking":
      return { ...state, checking: action.share };
    case "replyFailed":
      return endReply(state, { status: "failed", failure: action.failure });
    case "replayExpected":
      return { ...updateActiveReply(state, (reply) => ({ ...reply, isReplayed: true })),
               lastEventId: null };
    case "conversationLost":
      return { ...state, conversationId: null, lastEventId: null };
    case "stopping":
      return { ...state, isStopping: true };
    case "stopped":
      return endReply(state, { status: "stopped", finishReason: "stopped" });
    case "link":
      return state.link === action.link ? state : { ...state, link: action.link };
    case "draft":
      return { ...state, draft: action.text };
    case "alert":
      return { ...state, alert: action.text };
  }
}

function withMessage(state: ChatState, message: Message): ChatState {
  return { ...state, messages: [...state.messages, message] };
}

/** Messages that never reached the server aren't in its history: they stay at the end. */
function withHistory(state: ChatState, id: string, history: readonly Message[]): ChatState {
  const shown = new Map(state.messages.map((message) => [message.id, message]));
  const known = new Set(history.map((message) => message.id));
  const unsent = state.messages.filter(
    (message) => message.role === "user" && message.status === "failed" && !known.has(message.id));
  const messages = history.map((message) => sameAsShown(shown.get(message.id), message));
  return { ...state, conversationId: id, messages: [...messages, ...unsent], lastEventId: null,
           isStopping: false };
}

/** What hasn't changed is not drawn anew: a selection in it stays, and nothing is read twice. */
function sameAsShown(shown: Message | undefined, told: Message): Message {
  if (!shown || shown.role !== told.role) return told;
  const isSame = shown.text === told.text && shown.status === told.status;
  return isSame ? shown : { ...told, key: shown.key };
}

function asked(state: ChatState, id: string, text: string): ChatState {
  const others = state.messages.filter((message) => message.id !== id);
  const messages = [...others, userMessage(id, text), emptyReply(`reply-to-${id}`)];
  return { ...state, messages, lastEventId: null, isStopping: false, alert: null };
}

function sendFailed(state: ChatState, id: string, failure: string): ChatState {
  const messages = state.messages
    .filter((message) => message.role === "user" || !isBeingWritten(message))
    .map((message): Message =>
      message.role === "user" && message.id === id
        ? { ...message, status: "failed", failure }
        : message);
  return { ...state, messages, isStopping: false };
}

/** The limit said no: the text goes back to the input, unless something new stands there. */
function refused(
  state: ChatState,
  refusal: { id: string; failure: string; untilMs: number },
): ChatState {
  const failed = sendFailed(state, refusal.id, refusal.failure);
  const blocked = { ...failed, blockedUntilMs: refusal.untilMs,
                    blockedReason: refusal.failure };
  const message = failed.messages.find((each) => each.id === refusal.id);
  if (state.draft.trim() !== "" || !message) return blocked;
  return {
    ...blocked,
    draft: message.text,
    messages: failed.messages.filter((each) => each !== message),
  };
}

/** Holds the state. Listeners are told once per frame, however fast a reply streams in. */
export class Store {
  private state: ChatState = initialState;
  private readonly listeners = new Set<() => void>();
  private isNotifying = false;

  constructor(private readonly schedule: (notify: () => void) => void) {}

  get(): ChatState {
    return this.state;
  }

  dispatch(action: Action): void {
    const next = reduce(this.state, action);
    if (next === this.state) return;
    this.state = next;
    if (this.isNotifying) return;
    this.isNotifying = true;
    this.schedule(() => {
      this.isNotifying = false;
      for (const listener of this.listeners) listener();
    });
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
