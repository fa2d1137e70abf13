import type { SignedIn } from "../api";
import { CodeField, HiddenName, PasswordField } from "./fields";
import { Form, type Faults, type Values } from "./form";

interface CurrentPasswordProps {
  readonly who: SignedIn;
  readonly fault: string | undefined;
  readonly takesFocus?: boolean;
}

/** Who has no password has signed in just now instead, which the server sees. */
export function CurrentPassword({ who, fault, takesFocus = false }: CurrentPasswordProps) {
  return (
    <>
      <HiddenName value={who.name} />
      {who.hasPassword && (
        <PasswordField
          name="current_password"
          label="Current password"
          autocomplete="current-password"
          fault={fault}
          takesFocus={takesFocus}
        />
      )}
    </>
  );
}

function check({ current_password, code }: Values): Faults {
  const faults: Record<string, string> = {};
  if (current_password === "") faults["current_password"] = "Enter your password.";
  if (code?.trim() === "") faults["code"] = "Enter a code.";
  return faults;
}

interface ProofFormProps {
  readonly who: SignedIn;
  readonly action: string;
  readonly actionUnderWay: string;
  /** `code` is empty where none is asked for. */
  readonly send: (currentPassword: string, code: string) => Promise<void>;
  readonly onCancel: () => void;
  readonly asksCode?: boolean;
  readonly takesFocus?: boolean;
  /** What is done can't be undone. */
  readonly isFinal?: boolean;
}

/** Before something grave: whoever sits there shows once more that it is them. */
export function ProofForm({ who, send, asksCode, takesFocus, ...form }: ProofFormProps) {
  const prove = ({ current_password = "", code = "" }: Values) =>
    send(current_password, code.trim());
  return (
    <Form check={check} send={prove} {...form}>
      {(faults) => (
        <>
          <CurrentPassword
            who={who}
            fault={faults["current_password"]}
            takesFocus={takesFocus ?? false}
          />
          {asksCode && <CodeField fault={faults["code"]} />}
        </>
      )}
    </Form>
  );
}
