const FIRST_DELAY_MS = 400;
const LONGEST_DELAY_MS = 15_000;
const LONGEST_OFFLINE_WAIT_MS = 10_000;

/** Resolves after `ms`, or at once when the signal aborts: the caller looks at the signal. */
export function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}

/** Doubles, with jitter, so that a thousand widgets don't come back in the same moment. */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt);
  return full / 2 + (full / 2) * random();
}

/** Waits before the next try, but not on when the network comes back in the meantime. */
export async function waitForRetry(ms: number, signal: AbortSignal): Promise<void> {
  const ready = new AbortController();
  const stop = () => ready.abort();
  addEventListener("online", stop);
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  await wait(ms, ready.signal);
  removeEventListener("online", stop);
  signal.removeEventListener("abort", stop);
}

/**
 * Waits while the browser says it is offline, but never for long: on some machines with virtual
 * networks it says so although the server can be reached.
 */
export async function whenOnline(signal: AbortSignal): Promise<void> {
  if (!navigator.onLine) await waitForRetry(LONGEST_OFFLINE_WAIT_MS, signal);
}
