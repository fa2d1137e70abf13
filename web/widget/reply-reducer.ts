import { isAlreadySeen, type Citation, type ReplyEvent, type StreamEvent } from "./events";
import { activeReply, emptyReply, endReply, updateActiveReply } from "./state";
import type { ChatState, Message, Reply } from "./state";

/** Applies one reply event. An event that was seen before changes nothing: no text twice. */
export function reduceEvent(state: ChatState, { id, event }: StreamEvent): ChatState {
  if (id !== null && isAlreadySeen(id, state.lastEventId)) return state;
  const placed = id === null ? state : { ...state, lastEventId: id };
  return apply(placed, event);
}

function apply(state: ChatState, event: ReplyEvent): ChatState {
  switch (event.kind) {
    case "accepted":
      return accepted(state, event.conversationId, event.messageId, event.replyId);
    case "start":
      return updateActiveReply(state, (reply) => ({ ...fromStart(reply), id: event.replyId }));
    case "delta":
      return updateActiveReply(state, (reply) => appended(fromStart(reply), event.text));
    case "citation":
      return updateActiveReply(state, (reply) => cited(fromStart(reply), event.citation));
    case "end":
      return endReply(state, {
        status: event.finishReason === "stopped" ? "stopped" : "complete",
        finishReason: event.finishReason,
      });
    case "error":
      return endReply(state, { status: "failed", failure: event.message });
    case "reset":
    case "closing":
      return state;
  }
}

/** Sending a message again may answer with a reply that is already on the screen. */
function accepted(
  state: ChatState,
  conversationId: string,
  messageId: string,
  replyId: string,
): ChatState {
  const active = activeReply(state) ?? emptyReply(replyId);
  const messages = state.messages
    .filter((message) => message.role === "user" ||
                         (message.key !== active.key && message.id !== replyId))
    .map((message): Message =>
      message.role === "user" && message.id === messageId
        ? { ...message, status: "sent", failure: null }
        : message);
  const reply: Reply = { ...fromStart(active), id: replyId };
  return { ...state, conversationId, messages: [...messages, reply] };
}

function fromStart(reply: Reply): Reply {
  return reply.isReplayed ? { ...reply, text: "", citations: [], isReplayed: false } : reply;
}

function appended(reply: Reply, text: string): Reply {
  return { ...reply, text: reply.text + text, status: "streaming" };
}

function cited(reply: Reply, citation: Citation): Reply {
  const others = reply.citations.filter((each) => each.number !== citation.number);
  const citations = [...others, citation].sort((a, b) => a.number - b.number);
  return { ...reply, citations };
}
