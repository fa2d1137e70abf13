import { useEffect, useRef } from "preact/hooks";
import { useWidget } from "./context";
import { useFocusTrap } from "./hooks";

interface ConfirmProps {
  readonly onConfirm: () => void;
  readonly onCancel: () => void;
}

export function ConfirmDelete({ onConfirm, onCancel }: ConfirmProps) {
  const { strings } = useWidget();
  const dialog = useRef<HTMLDivElement>(null);
  const cancel = useRef<HTMLButtonElement>(null);
  useEffect(() => cancel.current?.focus(), []);
  useFocusTrap(dialog, true);
  return (
    <div class="veil">
      <div
        class="confirm"
        ref={dialog}
        role="alertdialog"
        aria-modal="true"
        aria-labelledby="delete-title"
        aria-describedby="delete-text"
      >
        <h2 id="delete-title">{strings.deleteQuestion}</h2>
        <p id="delete-text">{strings.deleteExplained}</p>
        <div class="choices">
          <button type="button" class="plain" ref={cancel} onClick={onCancel}>
            {strings.deleteCancel}
          </button>
          <button type="button" class="danger" onClick={onConfirm}>
            {strings.deleteConfirm}
          </button>
        </div>
      </div>
    </div>
  );
}
