import { asObject, parseObject, stringOf } from "../shared/json";
import { decodeCitations, decodeEvent, type ReplyEvent, type StreamEvent } from "./events";
import { SseParser } from "./sse";

/** How reading a stream came to its end. */
export type Outcome = "ended" | "lost" | "closing" | "reset";

/** The server sends a comment every 15 s: after three of them missed, the line is dead. */
const SILENCE_MS = 45_000;

/** A replay begins at once. If it doesn't, the reply ended before we asked: read it again. */
const REPLAY_START_MS = 5_000;

/** Hands each reply event to `take` until the reply ends or the stream breaks. Never throws. */
export async function readReply(
  response: Response,
  take: (event: StreamEvent) => void,
  isReplay = false,
): Promise<Outcome> {
  const type = response.headers.get("content-type") ?? "";
  try {
    return type.includes("text/event-stream")
      ? await readStream(response, take, isReplay)
      : readObject(await response.text(), take);
  } catch {
    return "lost";
  }
}

async function readStream(
  response: Response,
  take: (event: StreamEvent) => void,
  isReplay: boolean,
): Promise<Outcome> {
  if (!response.body) return "lost";
  const reader = response.body.getReader();
  let hasBegun = !isReplay;
  const replayTimer = setTimeout(() => {
    if (!hasBegun) reader.cancel().catch(() => undefined);
  }, REPLAY_START_MS);
  const decoder = new TextDecoder();
  const parser = new SseParser();
  try {
    for (;;) {
      const { value, done } = await withinSilence(reader);
      if (done) return hasBegun ? "lost" : "reset";
      for (const message of parser.push(decoder.decode(value, { stream: true }))) {
        const decoded = decodeEvent(message);
        if (!decoded) continue;
        hasBegun = true;
        take(decoded);
        const outcome = outcomeOf(decoded.event);
        if (outcome) return outcome;
      }
    }
  } finally {
    clearTimeout(replayTimer);
    reader.cancel().catch(() => undefined);
  }
}

function withinSilence(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<ReadableStreamReadResult<Uint8Array>> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("silence")), SILENCE_MS);
    reader.read().then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function outcomeOf(event: ReplyEvent): Outcome | null {
  switch (event.kind) {
    case "end":
    case "error":
      return "ended";
    case "reset":
    case "closing":
      return event.kind;
    default:
      return null;
  }
}

/** The answer without streaming, told as the events it stands for. */
function readObject(text: string, take: (event: StreamEvent) => void): Outcome {
  const body = parseObject(text);
  const reply = body && asObject(body["reply"]);
  const conversationId = body && stringOf(body, "conversation_id");
  const messageId = body && stringOf(body, "message_id");
  const replyId = reply && stringOf(reply, "id");
  if (!reply || !conversationId || !messageId || !replyId) return "lost";
  const events: ReplyEvent[] = [
    { kind: "accepted", conversationId, messageId, replyId },
    { kind: "delta", text: stringOf(reply, "text") ?? "" },
    ...decodeCitations(reply).map((citation): ReplyEvent => ({ kind: "citation", citation })),
    { kind: "end", replyId, finishReason: stringOf(reply, "finish_reason") ?? "stop" },
  ];
  for (const event of events) take({ id: null, event });
  return "ended";
}
