import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { activeReply, type ChatState, type Message } from "../state";
import { useWidget } from "./context";
import { DownIcon } from "./icons";
import { ReplyView, UserBubble } from "./message";
import { Welcome } from "./welcome";

/** Nearer to the end than this, the visitor is reading along. */
const NEAR_END_PX = 64;

interface TranscriptProps {
  readonly state: ChatState;
  readonly isBlocked: boolean;
}

export function Transcript({ state, isBlocked }: TranscriptProps) {
  const { options, strings } = useWidget();
  const { frame, isAtEnd, onScroll, goToEnd } = useReadingAlong(state);
  const isReady = state.phase === "ready";
  const isStuck = state.phase === "stuck";
  const canRetry = isReady && !isBlocked && activeReply(state) === null;
  return (
    <div class="transcript-frame">
      <div
        class="transcript"
        ref={frame}
        role="log"
        aria-label={strings.transcriptLabel}
        aria-live={isReady ? "polite" : "off"}
        tabIndex={0}
        onScroll={onScroll}
      >
        <div class="column">
          {options.initialMessages.map((text) => (
            <p class="message reply text" dir="auto" key={text}>
              {text}
            </p>
          ))}
          {isReady && state.messages.length === 0 && <Welcome isBlocked={isBlocked} />}
          {!isReady && state.messages.length === 0 && <NotReady isStuck={isStuck} />}
          {state.messages.map((message, index) => (
            <MessageView
              key={message.key}
              message={message}
              question={questionBefore(state.messages, index)}
              canRetry={canRetry}
            />
          ))}
        </div>
      </div>
      {!isAtEnd && (
        <button type="button" class="jump" aria-label={strings.jumpToLatest} onClick={goToEnd}>
          <DownIcon />
        </button>
      )}
    </div>
  );
}

function NotReady({ isStuck }: { readonly isStuck: boolean }) {
  const { chat, strings } = useWidget();
  if (!isStuck) return <p class="loading">{strings.loading}</p>;
  return (
    <div class="loading failure" role="alert">
      <span>{strings.errorChallenge}</span>
      <button type="button" class="text-button" onClick={() => void chat.start()}>
        {strings.retry}
      </button>
    </div>
  );
}

interface MessageViewProps {
  readonly message: Message;
  readonly question: string | null;
  readonly canRetry: boolean;
}

function MessageView({ message, question, canRetry }: MessageViewProps) {
  const { chat } = useWidget();
  if (message.role === "user") return <UserBubble message={message} canRetry={canRetry} />;
  const askAgain = canRetry && question !== null ? () => void chat.send(question) : null;
  return <ReplyView reply={message} askAgain={askAgain} />;
}

/** The question of the last reply; earlier ones can't be asked again out of their place. */
function questionBefore(messages: readonly Message[], index: number): string | null {
  const before = messages[index - 1];
  return index === messages.length - 1 && before?.role === "user" ? before.text : null;
}

/** Keeps the end in view while it grows, unless the visitor has scrolled up to read. */
function useReadingAlong(state: ChatState) {
  const frame = useRef<HTMLDivElement>(null);
  const isFollowing = useRef(true);
  const [isAtEnd, setAtEnd] = useState(true);
  const lastQuestion = state.messages.findLast((message) => message.role === "user")?.key;

  const goToEnd = () => {
    isFollowing.current = true;
    if (frame.current) frame.current.scrollTop = frame.current.scrollHeight;
  };
  const onScroll = () => {
    const element = frame.current;
    if (!element) return;
    const distance = element.scrollHeight - element.scrollTop - element.clientHeight;
    isFollowing.current = distance < NEAR_END_PX;
    setAtEnd(isFollowing.current);
  };
  useLayoutEffect(goToEnd, [lastQuestion]);
  useLayoutEffect(() => {
    if (isFollowing.current) goToEnd();
  }, [state.messages]);
  return { frame, isAtEnd, onScroll, goToEnd };
}
