import type { TargetedEvent } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { countCodePoints } from "../../shared/codepoints";
import { activeReply, type ChatState } from "../state";
import { fill } from "../strings";
import { useWidget } from "./context";
import { SendIcon, StopIcon } from "./icons";

const TALLEST_PX = 168;
const FALLBACK_MAX_CHARACTERS = 10_000;

interface ComposerProps {
  readonly state: ChatState;
  readonly takesFocus: boolean;
}

export function Composer({ state, takesFocus }: ComposerProps) {
  const { chat, strings, site } = useWidget();
  const field = useRef<HTMLTextAreaElement>(null);
  const trap = useRef<HTMLInputElement>(null);
  const { draft } = state;
  const isWriting = activeReply(state) !== null;
  const limit = site?.messageMaxCharacters ?? FALLBACK_MAX_CHARACTERS;
  const surplus = countCodePoints(draft.trim()) - limit;

  useGrowingField(field, draft);
  useEffect(() => {
    if (takesFocus) field.current?.focus();
  }, [takesFocus]);

  const submit = (event: Event) => {
    event.preventDefault();
    // Not the state this was drawn from: Enter may come before the last letter was drawn.
    const now = chat.store.get();
    if (!canSend(now, limit)) return;
    chat.store.dispatch({ type: "draft", text: "" });
    void chat.send(now.draft, trap.current?.value);
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // Enter also ends a composition in Japanese or Chinese input: that must not send.
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
  };
  const onInput = (event: TargetedEvent<HTMLTextAreaElement>) =>
    chat.store.dispatch({ type: "draft", text: event.currentTarget.value });

  return (
    <form class="composer" onSubmit={submit}>
      <textarea
        ref={field}
        rows={1}
        dir="auto"
        value={draft}
        placeholder={strings.inputPlaceholder}
        aria-label={strings.inputLabel}
        aria-describedby={surplus > 0 ? "surplus" : undefined}
        aria-invalid={surplus > 0}
        enterkeyhint="send"
        onInput={onInput}
        onKeyDown={onKeyDown}
      />
      <input
        ref={trap}
        class="trap"
        name="website"
        aria-hidden="true"
        tabIndex={-1}
        autocomplete="off"
      />
      {surplus > 0 && (
        <span class="surplus" id="surplus" role="status">
          {fill(strings.tooLong, { count: surplus })}
        </span>
      )}
      {isWriting ? <StopButton state={state} /> : <SendButton isEnabled={canSend(state, limit)} />}
    </form>
  );
}

function StopButton({ state }: { readonly state: ChatState }) {
  const { chat, strings } = useWidget();
  return (
    <button
      type="button"
      class="send"
      title={strings.stop}
      aria-label={state.isStopping ? strings.stopping : strings.stop}
      aria-disabled={state.isStopping}
      onClick={() => !state.isStopping && void chat.stop()}
    >
      <StopIcon />
    </button>
  );
}

function SendButton({ isEnabled }: { readonly isEnabled: boolean }) {
  const { strings } = useWidget();
  return (
    <button
      type="submit"
      class="send"
      title={strings.send}
      aria-label={strings.send}
      disabled={!isEnabled}
    >
      <SendIcon />
    </button>
  );
}

function canSend(state: ChatState, limit: number): boolean {
  const text = state.draft.trim();
  const isFree = state.blockedUntilMs === null && activeReply(state) === null;
  return state.phase === "ready" && isFree && text !== "" && countCodePoints(text) <= limit;
}

function useGrowingField(field: { current: HTMLTextAreaElement | null }, text: string): void {
  useLayoutEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${Math.min(element.scrollHeight, TALLEST_PX)}px`;
  }, [text]);
}
