import { arrayOf, asObject, stringOf, type JsonObject } from "../shared/json";
import { decodeCitations } from "./events";
import { emptyReply, type Message, type ReplyStatus } from "./state";

export interface Conversation {
  readonly id: string;
  readonly messages: readonly Message[];
  /** A reply is being written at this moment. */
  readonly isLive: boolean;
}

const REPLY_STATUSES: readonly ReplyStatus[] = [
  "complete",
  "streaming",
  "stopped",
  "failed",
  "interrupted",
];

/** Reads the answer of `GET /conversations/{id}`. */
export function decodeConversation(body: JsonObject, id: string): Conversation {
  const live = asObject(body["live"]);
  const liveReplyId = live && stringOf(live, "reply_id");
  const messages = arrayOf(body, "messages")
    .map((message) => decodeMessage(message, liveReplyId))
    .filter((message) => message !== null);
  const hasLive = messages.some((message) => message.id === liveReplyId);
  // The reply may be so young that the history doesn't list it yet.
  if (liveReplyId && !hasLive) messages.push(emptyReply(liveReplyId));
  return { id, messages, isLive: liveReplyId !== null };
}

function decodeMessage(value: unknown, liveReplyId: string | null): Message | null {
  const data = asObject(value);
  const id = data && stringOf(data, "id");
  if (!data || !id) return null;
  const text = stringOf(data, "text") ?? "";
  if (stringOf(data, "role") === "user") {
    return { role: "user", key: id, id, text, status: "sent", failure: null };
  }
  return {
    ...emptyReply(id),
    text,
    status: replyStatus(data, text, id === liveReplyId),
    citations: decodeCitations(data),
    finishReason: stringOf(data, "finish_reason"),
  };
}

/** "streaming" without a live reply means its writer is gone: it would wait for ever. */
function replyStatus(data: JsonObject, text: string, isLive: boolean): ReplyStatus {
  if (isLive) return text === "" ? "waiting" : "streaming";
  const told = REPLY_STATUSES.find((status) => status === stringOf(data, "status"));
  return told === undefined || told === "streaming" ? "interrupted" : told;
}
