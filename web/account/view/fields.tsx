import type { ComponentChildren, TargetedEvent } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { countWords, isLongEnough, LEAST_CHARACTERS, passwordRule } from "../password-rule";
import { usePage } from "./context";

interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly fault: string | undefined;
  readonly autocomplete: string;
  readonly takesFocus?: boolean;
}

const hintId = (id: string) => `${id}-hint`;
const faultId = (id: string) => `${id}-fault`;

/** What every field has: it is never corrected, capitalised or looked up in a dictionary. */
function useInputProps({ name, fault, takesFocus = false }: FieldProps, hasHint: boolean) {
  const id = useId(); // several forms of one page may ask for the same
  const ref = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    // Preact would set the property, and to that every string means "on".
    ref.current?.setAttribute("autocorrect", "off");
    if (takesFocus) ref.current?.focus();
  }, []);
  const described = [hasHint && hintId(id), fault && faultId(id)].filter(Boolean).join(" ");
  return {
    id,
    name,
    ref,
    autocapitalize: "none" as const,
    spellcheck: false,
    "aria-invalid": fault ? ("true" as const) : undefined,
    "aria-describedby": described || undefined,
  };
}

interface FaultProps {
  /** Of what it is the fault of. */
  readonly of: string;
  readonly fault: string | undefined;
}

function Fault({ of, fault }: FaultProps) {
  if (!fault) return null;
  return (
    <p class="fault" id={faultId(of)} role="alert">
      {fault}
    </p>
  );
}

interface TextFieldProps extends FieldProps {
  readonly hint?: string;
  /** Opens the keyboard for figures on phones. */
  readonly isNumber?: boolean;
}

export function TextField(props: TextFieldProps) {
  const { label, fault, hint, autocomplete, isNumber = false } = props;
  const inputProps = useInputProps(props, Boolean(hint));
  const { id } = inputProps;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {hint && (
        <p class="hint" id={hintId(id)}>
          {hint}
        </p>
      )}
      <div class="box">
        <input
          type="text"
          inputMode={isNumber ? "numeric" : "text"}
          autocomplete={autocomplete}
          {...inputProps}
        />
      </div>
      <Fault of={id} fault={fault} />
    </div>
  );
}

/** Shown on request: who sees what is typed makes fewer mistakes and dares longer passwords. */
export function PasswordField(props: FieldProps & { readonly least?: number }) {
  const { label, fault, autocomplete, least = LEAST_CHARACTERS } = props;
  const page = usePage();
  const isNew = autocomplete === "new-password";
  const inputProps = useInputProps(props, isNew);
  const { id } = inputProps;
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
      <label for={id}>{label}</label>
      {isNew && (
        <p class="hint" id={hintId(id)}>
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
          aria-controls={id}
          onClick={() => setShown(!isShown)}
        >
          {isShown ? "Hide" : "Show"}
        </button>
      </div>
      <Fault of={id} fault={fault} />
      {isNew && !fault && text !== "" && (
        <p class={isLongEnough(text, least) ? "count enough" : "count"}>
          {countWords(text, least)}
        </p>
      )}
    </div>
  );
}

interface CodeFieldProps {
  readonly fault: string | undefined;
  readonly takesFocus?: boolean;
}

/** For a code of the second factor; a recovery code has letters, too. */
export function CodeField({ fault, takesFocus = false }: CodeFieldProps) {
  return (
    <TextField
      name="code"
      label="Code"
      hint="The six digits that your app shows, or one of your recovery codes."
      autocomplete="one-time-code"
      fault={fault}
      takesFocus={takesFocus}
    />
  );
}

interface ChoicesProps {
  /** Under which the server names a fault of them. */
  readonly name: string;
  readonly label: string;
  readonly choices: readonly { readonly name: string; readonly label: ComponentChildren }[];
  readonly checked: readonly string[];
  readonly fault: string | undefined;
}

/** Of which any may be chosen: each a field of its own in what the form sends. */
export function Choices({ name, label, choices, checked, fault }: ChoicesProps) {
  const id = useId();
  return (
    <fieldset name={name} class="field" aria-describedby={fault && faultId(id)}>
      <legend>{label}</legend>
      {choices.map((choice) => (
        <label key={choice.name} class="choice">
          <input
            type="checkbox"
            name={choice.name}
            defaultChecked={checked.includes(choice.name)}
            aria-invalid={fault ? "true" : undefined}
          />
          <span>{choice.label}</span>
        </label>
      ))}
      <Fault of={id} fault={fault} />
    </fieldset>
  );
}

/** Tells password managers whose password it is, where the name isn't typed in. */
export function HiddenName({ value }: { readonly value: string }) {
  return <input type="text" autocomplete="username" value={value} hidden readOnly />;
}
