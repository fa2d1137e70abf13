import { useEffect, useState } from "preact/hooks";
import type { Refusal } from "../refusal";
import { Wait } from "./form";

interface TroubleScreenProps {
  readonly refusal: Refusal;
  readonly retry: () => Promise<void>;
}

/** The server did not say who is there: it is away, or wants to be asked later. */
export function TroubleScreen({ refusal, retry }: TroubleScreenProps) {
  const [untilMs, setUntilMs] = useState(refusal.untilMs);
  const [isBusy, setBusy] = useState(false);
  useEffect(() => setUntilMs(refusal.untilMs), [refusal]);
  const isHeld = isBusy || untilMs !== null;
  const again = async () => {
    if (isHeld) return;
    setBusy(true);
    await retry();
    setBusy(false);
  };
  return (
    <section class="card narrow">
      <h1 tabIndex={-1}>That didn’t work</h1>
      {untilMs === null && (
        <p class="lead" role="alert">
          {refusal.text}
        </p>
      )}
      <Wait untilMs={untilMs} reason={refusal.text} onOver={() => setUntilMs(null)} />
      <div class="actions">
        <button type="button" class="primary" aria-disabled={isHeld} onClick={again}>
          {isBusy ? "Trying…" : "Try again"}
        </button>
      </div>
    </section>
  );
}
