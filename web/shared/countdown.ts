import { useEffect, useState } from "preact/hooks";

const TICK_MS = 250;

export function secondsUntil(untilMs: number): number {
  return Math.max(1, Math.ceil((untilMs - Date.now()) / 1000));
}

/** Whole seconds until a moment, counting down; null when there is nothing to wait for. */
export function useCountdown(untilMs: number | null, onOver: () => void): number | null {
  const [, redraw] = useState(0);
  useEffect(() => {
    if (untilMs === null) return;
    const tick = () => {
      redraw(Date.now());
      if (Date.now() >= untilMs) onOver();
    };
    tick();
    const timer = setInterval(tick, TICK_MS);
    return () => clearInterval(timer);
  }, [untilMs]);
  return untilMs === null ? null : secondsUntil(untilMs);
}
