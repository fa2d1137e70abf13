import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useCountdown } from "../../shared/countdown";
import { refusalOf } from "../refusal";
import { waitWords } from "../times";
import { usePage, usePageState } from "./context";
import { Trouble } from "./task";

export type Values = Readonly<Record<string, string>>;
/** What is wrong, by the name of the field. */
export type Faults = Values;

interface FormProps {
  readonly action: string;
  readonly actionUnderWay: string;
  /** What can be told without asking the server. */
  readonly check: (values: Values) => Faults;
  readonly send: (values: Values) => Promise<void>;
  readonly children: (faults: Faults) => ComponentChildren;
  /** What is sent can't be undone. */
  readonly isFinal?: boolean;
  /** Puts a button beside the other that leads away without sending. */
  readonly onCancel?: () => void;
}

/**
 * A form with faults beside their fields, one submission at a time, and a wait where there is one.
 * Fields keep their own values: password managers fill them in without telling.
 */
export function Form(props: FormProps) {
  const { action, actionUnderWay, check, send, children, isFinal = false, onCancel } = props;
  const form = useRef<HTMLFormElement>(null);
  const [isBusy, setBusy] = useState(false);
  const [faults, setFaults] = useState<Faults>({});
  const [trouble, setTrouble] = useState<string | null>(null);
  const [untilMs, setUntilMs] = useState<number | null>(null);
  const isHeld = isBusy || untilMs !== null;

  useEffect(() => {
    const wrong = form.current?.querySelector<HTMLInputElement>("[aria-invalid='true']");
    wrong?.focus(); // what has no text can't be selected
    wrong?.select();
  }, [faults]);

  const refuse = (error: unknown) => {
    const refusal = refusalOf(error);
    const isOfField = refusal.field !== null && form.current?.elements.namedItem(refusal.field);
    if (isOfField && refusal.field) setFaults({ [refusal.field]: refusal.text });
    else setTrouble(refusal.text);
    setUntilMs(refusal.untilMs);
  };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (!form.current || isHeld) return;
    const values = valuesOf(form.current);
    const found = check(values);
    setFaults(found);
    setTrouble(null);
    if (Object.keys(found).length > 0) return;
    setBusy(true);
    try {
      await send(values);
    } catch (error) {
      refuse(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form ref={form} class="form" method="post" noValidate onSubmit={submit}>
      {children(faults)}
      {untilMs === null && <Trouble text={trouble} />}
      <Work isShown={isBusy} />
      <Wait untilMs={untilMs} reason={trouble} onOver={() => setUntilMs(null)} />
      <div class="actions">
        <button type="submit" class={isFinal ? "danger" : "primary"} aria-disabled={isHeld}>
          {isBusy ? actionUnderWay : action}
        </button>
        {onCancel && (
          <button type="button" class="plain" onClick={onCancel}>
            Cancel
          </button>
        )}
      </div>
    </form>
  );
}

function valuesOf(form: HTMLFormElement): Values {
  const values: Record<string, string> = {};
  for (const [name, value] of new FormData(form)) values[name] = String(value);
  return values;
}

/** Most of the time it is gone before it is read. The page's news tell it to screen readers. */
function Work({ isShown }: { readonly isShown: boolean }) {
  const { workShare } = usePageState(usePage());
  if (!isShown || workShare === null) return null;
  return (
    <p class="notice">
      Your browser is doing a little work…
      <progress value={workShare} aria-label="Your browser’s work" />
    </p>
  );
}

interface WaitProps {
  readonly untilMs: number | null;
  readonly reason: string | null;
  readonly onOver: () => void;
}

/** Counts the seconds down. They aren't read out one by one: the begin and the end are told. */
export function Wait({ untilMs, reason, onOver }: WaitProps) {
  const page = usePage();
  const over = () => {
    onOver();
    page.announce("You can try again now.");
  };
  const secondsLeft = useCountdown(untilMs, over);
  const isWaiting = secondsLeft !== null;
  useEffect(() => {
    if (isWaiting) page.announce(`${reason} You can try again in ${waitWords(secondsLeft)}.`);
  }, [isWaiting]);
  if (secondsLeft === null) return null;
  return (
    <p class="notice">
      <span>
        {reason} You can try again in <span role="timer">{waitWords(secondsLeft)}</span>.
      </span>
    </p>
  );
}
