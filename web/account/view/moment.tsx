import { useEffect, useState } from "preact/hooks";
import { fullTime, locale, relativeTime } from "../times";

const TICK_MS = 20_000;

/** The time as of lately, so that "now" doesn't stay now. */
export function useNow(): number {
  const [nowMs, setNowMs] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return nowMs;
}

interface MomentProps {
  readonly ms: number;
  readonly nowMs: number;
}

export function Moment({ ms, nowMs }: MomentProps) {
  if (Number.isNaN(ms)) return <span>unknown</span>;
  return (
    <time dateTime={new Date(ms).toISOString()} title={fullTime(ms)} lang={locale}>
      {relativeTime(ms, nowMs)}
    </time>
  );
}
