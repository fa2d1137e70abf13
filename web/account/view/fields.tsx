import type { TargetedEvent } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { countWords, isLongEnough, LEAST_CHARACTERS, passwordRule } from "../password-rule";
import { usePage } from "./context";

interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly fault: string | undefined;
  readonly autocomplete: string;
  readonly takesFocus?: boolean;
}

const hintId = (name: string) => `${name}-hint`;
const faultId = (name: string) => `${name}-fault`;

/** What every field has: it is never corrected, capitalised or looked up in a dictionary. */
function useInputProps({ name, fault, takesFocus = false }: FieldProps, hasHint: boolean) {
  const ref = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    if (takesFocus) ref.current?.focus();
  }, []);
  const described = [hasHint && hintId(name), fault && faultId(name)].filter(Boolean).join(" ");
  return {
    id: name,
    name,
    ref,
    autocapitalize: "none" as const,
    autocorrect: "off" as const,
    spellcheck: false,
    "aria-invalid": fault ? ("true" as const) : undefined,
    "aria-describedby": described || undefined,
  };
}

function Fault({ name, fault }: Pick<FieldProps, "name" | "fault">) {
  if (!fault) return null;
  return (
    <p class="fault" id={faultId(name)} role="alert">
      {fault}
    </p>
  );
}

export function TextField(props: FieldProps & { readonly hint?: string }) {
  const { name, label, fault, hint, autocomplete } = props;
  const inputProps = useInputProps(props, Boolean(hint));
  return (
    <div class="field">
      <label for={name}>{label}</label>
      {hint && (
        <p class="hint" id={hintId(name)}>
          {hint}
        </p>
      )}
      <div class="box">
        <input type="text" autocomplete={autocomplete} {...inputProps} />
      </div>
      <Fault name={name} fault={fault} />
    </div>
  );
}

/** Shown on request: who sees what is typed makes fewer mistakes and dares longer passwords. */
export function PasswordField(props: FieldProps & { readonly least?: number }) {
  const { name, label, fault, autocomplete, least = LEAST_CHARACTERS } = props;
  const page = usePage();
  const isNew = autocomplete === "new-password";
  const inputProps = useInputProps(props, isNew);
  const [isShown, setShown] = useState(false);
  // Preact's types know no field that may be either.
  const type = (isShown ? "text" : "password") as "password";
  const [text, setText] = useState("");
  const onInput = (event: TargetedEvent<HTMLInputElement>) => {
    const { value } = event.currentTarget;
    if (isLongEnough(value, least) && !isLongEnough(text, least)) page.announce("Long enough.");
    setText(value);
  };
  return (
    <div class="field">
      <label for={name}>{label}</label>
      {isNew && (
        <p class="hint" id={hintId(name)}>
          {passwordRule(least)}
        </p>
      )}
      <div class="box">
        <input
          type={type}
          autocomplete={autocomplete}
          onInput={isNew ? onInput : undefined}
          {...inputProps}
        />
        <button
          type="button"
          class="reveal"
          aria-label={isShown ? `Hide: ${label}` : `Show: ${label}`}
          aria-controls={name}
          onClick={() => setShown(!isShown)}
        >
          {isShown ? "Hide" : "Show"}
        </button>
      </div>
      <Fault name={name} fault={fault} />
      {isNew && !fault && text !== "" && (
        <p class={isLongEnough(text, least) ? "count enough" : "count"}>
          {countWords(text, least)}
        </p>
      )}
    </div>
  );
}

/** Tells password managers whose password it is, where the name isn't typed in. */
export function HiddenName({ value }: { readonly value: string }) {
  return <input type="text" autocomplete="username" value={value} hidden readOnly />;
}
