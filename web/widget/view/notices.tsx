import type { ChatState } from "../state";
import { waitNote } from "../strings";
import { useWidget } from "./context";
import { CloseIcon } from "./icons";

interface NoticesProps {
  readonly state: ChatState;
  readonly secondsLeft: number | null;
}

/** The line above the input: what stands between the visitor and sending. */
export function Notices({ state, secondsLeft }: NoticesProps) {
  const { chat, strings } = useWidget();
  return (
    <>
      {state.link !== "up" && (
        <p class="notice" role="status">
          <span class="pulse" />
          {state.link === "offline" ? strings.offline : strings.reconnecting}
        </p>
      )}
      {state.checking !== null && (
        <p class="notice" role="status">
          {strings.checking}
          <progress value={state.checking} aria-label={strings.checking} />
        </p>
      )}
      {secondsLeft !== null && (
        <p class="notice">
          <span>
            {state.blockedReason} <span role="timer">{waitNote(strings, secondsLeft)}</span>
          </span>
        </p>
      )}
      {state.alert !== null && (
        <p class="notice alert" role="alert">
          <span>{state.alert}</span>
          <button
            type="button"
            class="icon small"
            aria-label={strings.closeButtonTooltip}
            onClick={() => chat.store.dispatch({ type: "alert", text: null })}
          >
            <CloseIcon />
          </button>
        </p>
      )}
    </>
  );
}
