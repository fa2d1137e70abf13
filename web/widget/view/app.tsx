import { useEffect, useRef, useState } from "preact/hooks";
import type { Site } from "../api";
import type { Chat } from "../chat";
import type { WidgetOptions } from "../options";
import { privacyNote } from "../strings";
import { useCoveredScreen, useMediaQuery } from "./hooks";
import { ChatIcon, CloseIcon } from "./icons";
import { Panel } from "./panel";

const PHONE = "(max-width: 480px), (max-height: 420px)";

export interface AppProps {
  readonly host: HTMLElement;
  readonly chat: Chat;
  readonly options: WidgetOptions;
  readonly isOpen: boolean;
  readonly hasNews: boolean;
  readonly setOpen: (isOpen: boolean) => void;
}

export function App(props: AppProps) {
  const { options, isOpen } = props;
  const isBubble = options.mode === "bubble";
  const isShown = !isBubble || isOpen;
  const hasBeenShown = useRef(false);
  hasBeenShown.current ||= isShown;
  const [isWelcoming, setWelcoming] = useState(options.showsWelcomeScreen);
  return (
    <>
      {isBubble && <Launcher {...props} />}
      {hasBeenShown.current && (
        <div class="window" hidden={!isShown}>
          {isWelcoming ? (
            <WelcomeScreen
              options={options}
              onStart={() => setWelcoming(false)}
              onClose={isBubble ? () => props.setOpen(false) : null}
            />
          ) : (
            <ChatWindow {...props} />
          )}
        </div>
      )}
    </>
  );
}

function ChatWindow({ host, chat, options, isOpen, setOpen }: AppProps) {
  const isBubble = options.mode === "bubble";
  const isPhone = useMediaQuery(PHONE);
  const isModal = isBubble && isOpen && isPhone;
  const site = useSite(chat);
  useCoveredScreen(host, isModal);
  useEffect(() => void chat.start(), []);
  return (
    <Panel
      widget={{ chat, options, strings: options.strings, site }}
      isModal={isModal}
      takesFocus={isBubble && isOpen}
      onClose={isBubble ? () => setOpen(false) : null}
    />
  );
}

function Launcher({ options, isOpen, hasNews, setOpen }: AppProps) {
  const { strings } = options;
  const button = useRef<HTMLButtonElement>(null);
  const wasOpen = useRef(isOpen);
  useEffect(() => {
    if (wasOpen.current && !isOpen) button.current?.focus();
    wasOpen.current = isOpen;
  }, [isOpen]);
  const label = isOpen ? strings.closeButtonTooltip : strings.openButtonTooltip;
  return (
    <button
      type="button"
      class={hasNews ? "launcher news" : "launcher"}
      ref={button}
      title={label}
      aria-label={label}
      aria-expanded={isOpen}
      onClick={() => setOpen(!isOpen)}
    >
      {isOpen ? <CloseIcon /> : <ChatIcon />}
    </button>
  );
}

interface WelcomeScreenProps {
  readonly options: WidgetOptions;
  readonly onStart: () => void;
  readonly onClose: (() => void) | null;
}

/** n8n's `showWelcomeScreen`: nothing is asked of the server before the visitor agrees. */
function WelcomeScreen({ options, onStart, onClose }: WelcomeScreenProps) {
  const { strings } = options;
  return (
    <section class="panel welcome-screen" aria-labelledby="title">
      {onClose && (
        <button
          type="button"
          class="icon"
          aria-label={strings.closeButtonTooltip}
          onClick={onClose}
        >
          <CloseIcon />
        </button>
      )}
      <h2 id="title">{strings.title}</h2>
      {strings.subtitle && <p>{strings.subtitle}</p>}
      <button type="button" class="primary" onClick={onStart}>
        {strings.getStarted}
      </button>
      <p class="privacy">{privacyNote(strings, null)}</p>
    </section>
  );
}

/** Title, greeting and suggestions of the site. The chat works without them. */
function useSite(chat: Chat): Site | null {
  const [site, setSite] = useState<Site | null>(null);
  useEffect(() => {
    chat.site().then(setSite, () => undefined);
  }, [chat]);
  return site;
}
