import { saveFile } from "../../shared/save-file";
import { recoveryFile } from "../recovery";
import { CopyButton } from "./copy-button";
import { StepHeading } from "./step-heading";

interface RecoveryCodesProps {
  /** Whose they are. */
  readonly name: string;
  readonly codes: readonly string[];
  readonly onKept: () => void;
}

/** Shown this once; they stay until somebody says that they are kept. */
export function RecoveryCodes({ name, codes, onKept }: RecoveryCodesProps) {
  const save = () => {
    const text = recoveryFile(name, location.host, codes);
    saveFile("recovery-codes.txt", new Blob([text], { type: "text/plain" }));
  };
  return (
    <>
      <StepHeading>Keep your recovery codes</StepHeading>
      <p class="lead">
        The second factor is on. If you lose the app, these let you in: each once, in the place of
        its code. They are shown <strong class="name">this once</strong>. Keep them where your phone
        isn’t.
      </p>
      <ol class="codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ol>
      <div class="actions">
        <CopyButton text={codes.join("\n")} label="Copy" />
        <button type="button" class="plain small" onClick={save}>
          Download as text
        </button>
      </div>
      <div class="actions">
        <button type="button" class="primary" onClick={onKept}>
          I have kept them
        </button>
      </div>
    </>
  );
}
