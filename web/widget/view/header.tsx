import { CloseIcon, DeleteIcon, NewChatIcon } from "./icons";
import { useWidget } from "./context";

interface HeaderProps {
  readonly hasMessages: boolean;
  readonly onDelete: () => void;
  readonly onClose: (() => void) | null;
}

export function Header({ hasMessages, onDelete, onClose }: HeaderProps) {
  const { chat, options, strings, site } = useWidget();
  const title = options.hasOwnTitle ? strings.title : (site?.title ?? strings.title);
  return (
    <header class="header">
      <div class="heading">
        <h2 id="title">{title}</h2>
        {strings.subtitle && <p>{strings.subtitle}</p>}
      </div>
      {hasMessages && (
        <>
          <button
            type="button"
            class="icon"
            title={strings.newChat}
            aria-label={strings.newChat}
            onClick={() => chat.newChat()}
          >
            <NewChatIcon />
          </button>
          <button
            type="button"
            class="icon"
            title={strings.deleteChat}
            aria-label={strings.deleteChat}
            onClick={onDelete}
          >
            <DeleteIcon />
          </button>
        </>
      )}
      {onClose && (
        <button
          type="button"
          class="icon"
          title={strings.closeButtonTooltip}
          aria-label={strings.closeButtonTooltip}
          onClick={onClose}
        >
          <CloseIcon />
        </button>
      )}
    </header>
  );
}
