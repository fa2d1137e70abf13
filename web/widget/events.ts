import {
  arrayOf,
  asObject,
  numberOf,
  parseObject,
  stringOf,
  type JsonObject,
} from "../shared/json";
import type { SseMessage } from "./sse";

/** Where a numbered statement of a reply comes from. `start` and `end` count code points. */
export interface Citation {
  readonly number: number;
  readonly documentId: string;
  readonly file: string;
  readonly title: string;
  readonly heading: string;
  readonly start: number;
  readonly end: number;
  readonly quote: string;
}

export type ReplyEvent =
  | { kind: "accepted"; conversationId: string; messageId: string; replyId: string }
  | { kind: "start"; replyId: string }
  | { kind: "delta"; text: string }
  | { kind: "citation"; citation: Citation }
  | { kind: "end"; replyId: string | null; finishReason: string }
  | { kind: "error"; replyId: string | null; code: string; message: string;
      retryAfterS: number | null }
  | { kind: "reset" }
  | { kind: "closing" };

/** The event with its place in the stream, or null for what this client has no use for. */
export interface StreamEvent {
  readonly id: string | null;
  readonly event: ReplyEvent;
}

export function decodeEvent(message: SseMessage): StreamEvent | null {
  const data = parseObject(message.data);
  const event = data && decodeData(message.event, data);
  return event ? { id: message.id, event } : null;
}

function decodeData(name: string, data: JsonObject): ReplyEvent | null {
  switch (name) {
    case "accepted":
      return decodeAccepted(data);
    case "start": {
      const replyId = stringOf(data, "reply_id");
      return replyId === null ? null : { kind: "start", replyId };
    }
    case "delta": {
      const text = stringOf(data, "text");
      return text === null ? null : { kind: "delta", text };
    }
    case "citation": {
      const citation = decodeCitation(data);
      return citation && { kind: "citation", citation };
    }
    case "end":
      return {
        kind: "end",
        replyId: stringOf(data, "reply_id"),
        finishReason: stringOf(data, "finish_reason") ?? "stop",
      };
    case "error":
      return {
        kind: "error",
        replyId: stringOf(data, "reply_id"),
        code: stringOf(data, "code") ?? "internal",
        message: stringOf(data, "message") ?? "",
        retryAfterS: numberOf(data, "retry_after_s"),
      };
    case "reset":
      return { kind: "reset" };
    case "closing":
      return { kind: "closing" };
    default:
      return null;
  }
}

function decodeAccepted(data: JsonObject): ReplyEvent | null {
  const conversationId = stringOf(data, "conversation_id");
  const messageId = stringOf(data, "message_id");
  const replyId = stringOf(data, "reply_id");
  if (conversationId === null || messageId === null || replyId === null) return null;
  return { kind: "accepted", conversationId, messageId, replyId };
}

export function decodeCitation(value: unknown): Citation | null {
  const data = asObject(value);
  const number = data && numberOf(data, "number");
  const documentId = data && stringOf(data, "document_id");
  if (!data || number === null || documentId === null) return null;
  return {
    number,
    documentId,
    file: stringOf(data, "file") ?? "",
    title: stringOf(data, "title") ?? "",
    heading: stringOf(data, "heading") ?? "",
    start: numberOf(data, "start") ?? 0,
    end: numberOf(data, "end") ?? 0,
    quote: stringOf(data, "quote") ?? "",
  };
}

export function decodeCitations(data: JsonObject): Citation[] {
  return arrayOf(data, "citations")
    .map(decodeCitation)
    .filter((citation) => citation !== null);
}

/** Event ids are `<epoch>-<offset>`. Both parts only grow, within an epoch the offset. */
export function isAlreadySeen(id: string, lastSeen: string | null): boolean {
  const now = splitId(id);
  const before = lastSeen === null ? null : splitId(lastSeen);
  if (!now || !before || now.epoch !== before.epoch) return false;
  return now.offset <= before.offset;
}

function splitId(id: string): { epoch: string; offset: number } | null {
  const dash = id.lastIndexOf("-");
  const offset = Number(id.slice(dash + 1));
  return dash > 0 && Number.isInteger(offset) ? { epoch: id.slice(0, dash), offset } : null;
}
