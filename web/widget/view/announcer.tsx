import { useEffect, useRef, useState } from "preact/hooks";
import { secondsUntil } from "../../shared/countdown";
import { activeReply, type ChatState } from "../state";
import { fill, waitNote, type Strings } from "../strings";

const LONGEST_ANNOUNCEMENT = 1_500;

/** Tells screen readers that a reply has begun, and then the whole reply: never token by token. */
export function Announcer({ state, strings }: { state: ChatState; strings: Strings }) {
  const [text, setText] = useState("");
  const wasWriting = useRef(false);
  const isWriting = activeReply(state) !== null;
  useEffect(() => {
    if (isWriting === wasWriting.current) return;
    wasWriting.current = isWriting;
    setText(isWriting ? strings.writing : finished(state, strings));
  }, [isWriting]);
  const { blockedUntilMs, blockedReason } = state;
  const isBlocked = blockedUntilMs !== null;
  const wasBlocked = useRef(false);
  useEffect(() => {
    if (isBlocked) setText(`${blockedReason} ${waitNote(strings, secondsUntil(blockedUntilMs))}`);
    else if (wasBlocked.current) setText(strings.sendAgainNow);
    wasBlocked.current = isBlocked;
  }, [isBlocked]);
  return (
    <div class="hidden" role="status">
      {text}
    </div>
  );
}

function finished(state: ChatState, strings: Strings): string {
  const last = state.messages.at(-1);
  if (last?.role !== "assistant") return "";
  const words = last.text.replace(/\[\d{1,3}\]|[*_`#>|]/g, "").slice(0, LONGEST_ANNOUNCEMENT);
  return fill(strings.replyFinished, { text: words });
}
