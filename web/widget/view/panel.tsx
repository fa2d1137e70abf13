import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { useCountdown } from "../../shared/countdown";
import type { Citation } from "../events";
import { privacyNote } from "../strings";
import { Announcer } from "./announcer";
import { Composer } from "./composer";
import { ConfirmDelete } from "./confirm";
import { useChatState, WidgetProvider, type Widget } from "./context";
import { DocumentPanel } from "./document-panel";
import { Header } from "./header";
import { useFocusTrap } from "./hooks";
import { Notices } from "./notices";
import { Transcript } from "./transcript";

interface PanelProps {
  readonly widget: Omit<Widget, "openCitation">;
  /** It covers the whole screen of a phone: nothing behind it can be reached. */
  readonly isModal: boolean;
  readonly takesFocus: boolean;
  readonly onClose: (() => void) | null;
}

/** The chat itself, the same in a bubble, in the page and on the full screen. */
export function Panel({ widget, isModal, takesFocus, onClose }: PanelProps) {
  const { chat, strings, site } = widget;
  const state = useChatState(chat);
  const element = useRef<HTMLElement>(null);
  const { cited, openCitation, closeCitation } = useCitation(element);
  const [isConfirming, setConfirming] = useState(false);
  const secondsLeft = useCountdown(state.blockedUntilMs, () =>
    chat.store.dispatch({ type: "unblocked" }));
  const isBlocked = state.blockedUntilMs !== null;
  useFocusTrap(element, isModal && !isConfirming);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || event.isComposing) return;
    const close = isConfirming ? () => setConfirming(false) : cited ? closeCitation : onClose;
    if (!close) return;
    event.stopPropagation();
    close();
  };
  const onDelete = () => {
    setConfirming(false);
    void chat.deleteChat();
    element.current?.querySelector("textarea")?.focus();
  };
  return (
    <WidgetProvider value={{ ...widget, openCitation }}>
      <section
        class="panel"
        ref={element}
        role={onClose ? "dialog" : undefined}
        aria-modal={isModal ? "true" : undefined}
        aria-labelledby="title"
        onKeyDown={onKeyDown}
      >
        <div class={cited ? "chat beside" : "chat"} inert={isConfirming}>
          <Header
            hasMessages={state.messages.length > 0}
            onDelete={() => setConfirming(true)}
            onClose={onClose}
          />
          <Transcript state={state} isBlocked={isBlocked} />
          <div class="foot">
            <div class="column">
              <Notices state={state} secondsLeft={secondsLeft} />
              <Composer state={state} takesFocus={takesFocus} />
              <p class="privacy">{privacyNote(strings, site?.conversationDays ?? null)}</p>
            </div>
          </div>
        </div>
        {cited && <DocumentPanel citation={cited} onClose={closeCitation} />}
        {isConfirming && (
          <ConfirmDelete onConfirm={onDelete} onCancel={() => setConfirming(false)} />
        )}
        <Announcer state={state} strings={strings} />
      </section>
    </WidgetProvider>
  );
}

/** The open document. Closing it gives the focus back to where it was opened. */
function useCitation(element: { current: HTMLElement | null }) {
  const [cited, setCited] = useState<Citation | null>(null);
  const opener = useRef<HTMLElement | null>(null);
  const openCitation = (citation: Citation, from: HTMLElement) => {
    opener.current = from;
    setCited(citation);
  };
  const closeCitation = () => setCited(null);
  // After drawing: on a narrow screen the chat is hidden before, and can't take the focus.
  useLayoutEffect(() => {
    if (cited || !opener.current) return;
    const target = opener.current.isConnected ? opener.current : null;
    (target ?? element.current?.querySelector("textarea"))?.focus();
    opener.current = null;
  }, [cited]);
  return { cited, openCitation, closeCitation };
}
