import { useState } from "preact/hooks";
import type { SignedIn } from "../api";
import { faultOfPassword, LEAST_CHARACTERS, LEAST_WITH_SECOND_FACTOR } from "../password-rule";
import { usePage } from "./context";
import { CodeField, PasswordField } from "./fields";
import { Form, type Faults, type Values } from "./form";
import { useOpener } from "./opener";
import { CurrentPassword } from "./proof";
import { Section } from "./section";

function check({ current_password, new_password = "", code }: Values, least: number): Faults {
  const faults: Record<string, string> = {};
  if (current_password === "") faults["current_password"] = "Enter your password of now.";
  const fault = faultOfPassword(new_password, least);
  if (fault !== null) faults["new_password"] = fault;
  if (code?.trim() === "") faults["code"] = "Enter a code.";
  return faults;
}

export function PasswordSection({ who }: { readonly who: SignedIn }) {
  const page = usePage();
  const [isOpen, setOpen] = useState(false);
  const opener = useOpener(isOpen);
  const open = () => {
    setOpen(true);
    void page.refresh(); // whether a second factor lets the password be shorter
  };
  return (
    <Section id="password-title" title="Password">
      <p class="lead">
        {who.hasPassword
          ? "With another password all other sessions end."
          : "You have none: a provider signs you in. With one you can sign in here as well."}
      </p>
      {isOpen ? (
        <PasswordForm who={who} onClose={() => setOpen(false)} />
      ) : (
        <div class="actions">
          <button type="button" class="plain" ref={opener} onClick={open}>
            {who.hasPassword ? "Change the password" : "Set a password"}
          </button>
        </div>
      )}
    </Section>
  );
}

interface PasswordFormProps {
  readonly who: SignedIn;
  readonly onClose: () => void;
}

function PasswordForm({ who, onClose }: PasswordFormProps) {
  const page = usePage();
  const least = who.hasSecondFactor ? LEAST_WITH_SECOND_FACTOR : LEAST_CHARACTERS;
  const send = async ({ current_password = "", new_password = "", code = "" }: Values) => {
    const change = () => page.api.changePassword(current_password, new_password, code.trim());
    const done = who.hasPassword ? "changed" : "set";
    await page.enter(
      await page.asSignedIn(change),
      `Your password is ${done}. All other sessions have ended.`,
    );
    onClose();
  };
  return (
    <Form
      action={who.hasPassword ? "Change it" : "Set it"}
      actionUnderWay={who.hasPassword ? "Changing…" : "Setting…"}
      check={(values) => check(values, least)}
      send={send}
      onCancel={onClose}
    >
      {(faults) => (
        <>
          <CurrentPassword who={who} fault={faults["current_password"]} takesFocus />
          <PasswordField
            name="new_password"
            label="New password"
            autocomplete="new-password"
            fault={faults["new_password"]}
            least={least}
            takesFocus={!who.hasPassword}
          />
          {who.hasSecondFactor && <CodeField fault={faults["code"]} />}
        </>
      )}
    </Form>
  );
}
