import type { NewKey } from "../api";
import { curlLines } from "../program-key";
import { CopyButton } from "./copy-button";
import { StepHeading } from "./step-heading";

interface NewKeyPanelProps {
  readonly made: NewKey;
  readonly onClose: () => void;
}

/** The one time that the key itself is seen. */
export function NewKeyPanel({ made, onClose }: NewKeyPanelProps) {
  const lines = curlLines(location.origin, made.key, made.scopes);
  return (
    <div class="panel">
      <StepHeading>The key of {made.name}</StepHeading>
      <p class="lead">
        It is shown <strong class="name">this once</strong>: only its fingerprint is kept. Put it
        where the program finds it, and nobody else.
      </p>
      <p class="secret">
        <code>{made.key}</code>
      </p>
      <div class="actions">
        <CopyButton text={made.key} label="Copy the key" />
      </div>
      <p class="lead">To try it:</p>
      <p class="secret">
        <code>{lines}</code>
      </p>
      <div class="actions">
        <CopyButton text={lines} label="Copy the lines" />
      </div>
      <div class="actions">
        <button type="button" class="primary" onClick={onClose}>
          I have kept it
        </button>
      </div>
    </div>
  );
}
