import { useRef, useState } from "preact/hooks";
import type { NewFactor, SignedIn } from "../api";
import { FEW_RECOVERY_CODES, inGroups, recoveryCodesLeft } from "../recovery";
import { usePage } from "./context";
import { CopyButton } from "./copy-button";
import { TextField } from "./fields";
import { Form, type Faults, type Values } from "./form";
import { useOpener } from "./opener";
import { ProofForm } from "./proof";
import { QrCode } from "./qr-code";
import { RecoveryCodes } from "./recovery-codes";
import { Section } from "./section";
import { StepHeading } from "./step-heading";

type Step =
  | { readonly type: "rest" }
  | { readonly type: "password" }
  | { readonly type: "app"; readonly factor: NewFactor }
  | { readonly type: "recovery"; readonly codes: readonly string[] }
  | { readonly type: "remove" };

const REST: Step = { type: "rest" };

/** Setting up goes through the steps one by one; a look at another tab or app changes none. */
export function FactorSection({ who }: { readonly who: SignedIn }) {
  const page = usePage();
  const [step, setStep] = useState<Step>(REST);
  const title = useRef<HTMLHeadingElement>(null);
  const opener = useOpener(step.type !== "rest");
  const rest = () => setStep(REST);
  const begin = async (password: string) => {
    const call = () => page.api.beginSecondFactor(password);
    setStep({ type: "app", factor: await page.asSignedIn(call) });
  };
  const confirm = async ({ code = "" }: Values) => {
    const call = () => page.api.confirmSecondFactor(code.replace(/\s/g, ""));
    setStep({ type: "recovery", codes: await page.asSignedIn(call) });
    void page.refresh();
  };
  const remove = async (password: string, code: string) => {
    await page.asSignedIn(() => page.api.removeSecondFactor(password, code));
    await page.refresh();
    rest();
    page.announce("The second factor is removed.");
  };
  const finish = () => {
    rest();
    page.announce("The second factor is on.");
  };
  return (
    <Section id="factor-title" title="Second factor" titleRef={title}>
      {step.type === "rest" && <Rest who={who} opener={opener} onStep={setStep} />}
      {step.type === "password" && <Begin who={who} send={begin} onCancel={rest} />}
      {step.type === "app" && <App factor={step.factor} send={confirm} onCancel={rest} />}
      {step.type === "recovery" && (
        <RecoveryCodes name={who.name} codes={step.codes} onKept={finish} />
      )}
      {step.type === "remove" && <Remove who={who} send={remove} onCancel={rest} />}
    </Section>
  );
}

interface RestProps {
  readonly who: SignedIn;
  readonly opener: ReturnType<typeof useOpener>;
  readonly onStep: (step: Step) => void;
}

function Rest({ who, opener, onStep }: RestProps) {
  if (who.hasSecondFactor === null) return <p class="lead">One moment…</p>;
  if (!who.hasPassword) return <p class="lead">It stands beside a password. Set one first.</p>;
  const isOn = who.hasSecondFactor;
  const open = () => onStep({ type: isOn ? "remove" : "password" });
  return (
    <>
      <p class="lead">
        {isOn ? (
          <>
            <strong class="name">It is on.</strong> Signing in asks for a code of your app, too.
          </>
        ) : (
          <>
            <strong class="name">It is off.</strong> With it, signing in asks for a code of an app
            on your phone as well: a stolen password alone opens nothing. All other sessions end.
          </>
        )}
      </p>
      {isOn && <CodesLeft count={who.recoveryCodes} />}
      <div class="actions">
        <button type="button" class="plain" ref={opener} onClick={open}>
          {isOn ? "Remove it" : "Set it up"}
        </button>
      </div>
    </>
  );
}

function CodesLeft({ count }: { readonly count: number }) {
  if (count > FEW_RECOVERY_CODES) return <p class="lead">{recoveryCodesLeft(count)}</p>;
  return (
    <p class="notice warning">
      <span>
        <strong>{recoveryCodesLeft(count)}</strong> For new ones, remove the second factor and set
        it up again.
      </span>
    </p>
  );
}

interface ProofProps {
  readonly who: SignedIn;
  readonly send: (currentPassword: string, code: string) => Promise<void>;
  readonly onCancel: () => void;
}

const checkCode = ({ code }: Values): Faults =>
  code?.trim() === "" ? { code: "Enter the code that your app shows." } : {};

function Begin(props: ProofProps) {
  return (
    <>
      <p class="lead">
        You need an app for one-time codes, such as the one that keeps your passwords. First, show
        that it is you.
      </p>
      <ProofForm {...props} action="Go on" actionUnderWay="One moment…" takesFocus />
    </>
  );
}

interface AppProps {
  readonly factor: NewFactor;
  readonly send: (values: Values) => Promise<void>;
  readonly onCancel: () => void;
}

function App({ factor, send, onCancel }: AppProps) {
  return (
    <>
      <StepHeading>Show this picture to your app</StepHeading>
      <div class="pairing">
        <QrCode text={factor.uri} label="QR code with the key for your app" />
        <div class="by-hand">
          <p class="lead">It can’t? Then type in this key, with time-based codes of six digits:</p>
          <p class="secret">
            <code>{inGroups(factor.key)}</code>
          </p>
          <div class="actions">
            <CopyButton text={factor.key} label="Copy the key" />
            <a class="plain small" href={factor.uri}>
              Open in an app here
            </a>
          </div>
        </div>
      </div>
      <Form action="Confirm" actionUnderWay="One moment…" check={checkCode} send={send}
        onCancel={onCancel}>
        {(faults) => (
          <TextField
            name="code"
            label="First code"
            hint="The six digits that the app shows now. Nothing changes before they are right."
            autocomplete="one-time-code"
            fault={faults["code"]}
            isNumber
          />
        )}
      </Form>
    </>
  );
}

function Remove(props: ProofProps) {
  return (
    <>
      <p class="lead">
        Then your password alone opens your account. The recovery codes go as well.
      </p>
      <ProofForm
        {...props}
        action="Remove it"
        actionUnderWay="Removing…"
        asksCode
        takesFocus
        isFinal
      />
    </>
  );
}
