import { useLayoutEffect, useRef } from "preact/hooks";
import { isBeingWritten, type Reply, type UserMessage } from "../state";
import { RichText } from "../rich-text";
import type { Strings } from "../strings";
import { useWidget } from "./context";
import { Sources } from "./sources";

interface UserBubbleProps {
  readonly message: UserMessage;
  readonly canRetry: boolean;
}

export function UserBubble({ message, canRetry }: UserBubbleProps) {
  const { chat, strings } = useWidget();
  return (
    <div class="message user">
      <span class="hidden">{strings.you}</span>
      <p class="bubble" dir="auto">
        {message.text}
      </p>
      {message.status === "failed" && (
        <div class="failure">
          <span>
            {strings.notSent} {message.failure}
          </span>
          <button
            type="button"
            class="text-button"
            disabled={!canRetry}
            onClick={() => void chat.retry(message)}
          >
            {strings.retry}
          </button>
        </div>
      )}
    </div>
  );
}

interface ReplyViewProps {
  readonly reply: Reply;
  /** Asks the question of this reply once more; only the last reply offers it. */
  readonly askAgain: (() => void) | null;
}

export function ReplyView({ reply, askAgain }: ReplyViewProps) {
  const { strings } = useWidget();
  const isActive = isBeingWritten(reply);
  const note = isActive ? null : noteOf(reply, strings);
  const isBroken = reply.status === "failed" || reply.status === "interrupted";
  return (
    // Tokens are not read out one by one: the finished reply is announced as a whole.
    <div class="message reply" aria-live={isActive ? "off" : undefined}>
      <span class="hidden">{strings.assistant}</span>
      {reply.status === "waiting" && reply.text === "" ? (
        <Dots label={strings.writing} />
      ) : (
        <ReplyText reply={reply} />
      )}
      {note && (
        <div class={isBroken ? "note broken" : "note"}>
          <span>{note}</span>
          {isBroken && askAgain && (
            <button type="button" class="text-button" onClick={askAgain}>
              {strings.askAgain}
            </button>
          )}
        </div>
      )}
      {!isActive && reply.citations.length > 0 && <Sources citations={reply.citations} />}
    </div>
  );
}

function Dots({ label }: { label: string }) {
  return (
    <div class="dots" role="img" aria-label={label}>
      <i />
      <i />
      <i />
    </div>
  );
}

function ReplyText({ reply }: { reply: Reply }) {
  const { strings, openCitation } = useWidget();
  const element = useRef<HTMLDivElement>(null);
  const richText = useRef<RichText>(null);
  useLayoutEffect(() => {
    if (!element.current) return;
    richText.current ??= new RichText(element.current, { strings, openCitation });
    richText.current.draw(reply.text, reply.citations);
  }, [reply.text, reply.citations]);
  const isStreaming = reply.status === "streaming";
  return <div ref={element} dir="auto" class={isStreaming ? "text streaming" : "text"} />;
}

function noteOf(reply: Reply, strings: Strings): string | null {
  if (reply.status === "failed") return reply.failure ?? strings.errorServer;
  if (reply.status === "interrupted") return strings.interruptedNote;
  if (reply.status === "stopped") return strings.stoppedNote;
  if (reply.finishReason === "length") return strings.lengthNote;
  if (reply.finishReason === "content_filter") return strings.filteredNote;
  return reply.text.trim() === "" ? strings.emptyNote : null;
}
