import { makeHash, makeSearch } from "./search";

export interface Puzzle {
  readonly salt: string;
  /** The hash to find, 64 hex digits. */
  readonly challenge: string;
  readonly maxNumber: number;
}

export type TellShare = (share: number) => void;

const SLICE_MS = 8;
const SLICE_NUMBERS = 250;
/** A worker that policy or browser keeps from starting isn't always reported. */
const WORKER_STARTS_MS = 2_000;

/**
 * Finds the number, or null when there is none or the signal aborts. A worker does it where the
 * page's policy lets one be made from a blob: a file of its own would have to come from the
 * origin of the page, which is seldom ours. Elsewhere it is done here, in slices that leave the
 * page its frames.
 */
export async function solve(
  puzzle: Puzzle,
  tell: TellShare,
  signal: AbortSignal | null = null,
): Promise<number | null> {
  const found = await solveInWorker(puzzle, tell, signal)
    .catch(() => solveInSlices(puzzle, tell, signal));
  return found < 0 ? null : found;
}

function solveInWorker(
  { salt, challenge, maxNumber }: Puzzle,
  tell: TellShare,
  signal: AbortSignal | null,
): Promise<number> {
  const source = `(${workInWorker})(${makeHash},${makeSearch})`;
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  let worker: Worker | null = null;
  let timer: ReturnType<typeof setTimeout>;
  return new Promise<number>((resolve, reject) => {
    worker = new Worker(url);
    worker.onerror = reject;
    timer = setTimeout(reject, WORKER_STARTS_MS);
    worker.onmessage = ({ data: [at, found] }: MessageEvent<[number, number]>) => {
      clearTimeout(timer);
      if (found >= 0 || at > maxNumber) resolve(found);
      tell(Math.min(1, at / maxNumber));
    };
    signal?.addEventListener("abort", () => resolve(-1));
    worker.postMessage([salt, challenge, maxNumber]);
  }).finally(() => {
    clearTimeout(timer);
    worker?.terminate();
    URL.revokeObjectURL(url);
  });
}

/** Runs in the worker: uses no name from outside. Tells how far it is and what it found, or -1. */
function workInWorker(newHash: typeof makeHash, newSearch: typeof makeSearch): void {
  const scope = self as unknown as {
    onmessage: (event: MessageEvent<[string, string, number]>) => void;
    postMessage: (message: [number, number]) => void;
  };
  scope.onmessage = ({ data: [salt, challenge, maxNumber] }) => {
    const search = newSearch(newHash(), salt, challenge);
    for (let at = 0, found = -1; at <= maxNumber && found < 0; ) {
      const from = at;
      at += 1_000;
      found = search(from, Math.min(at, maxNumber + 1));
      scope.postMessage([at, found]);
    }
  };
}

async function solveInSlices(
  { salt, challenge, maxNumber }: Puzzle,
  tell: TellShare,
  signal: AbortSignal | null,
): Promise<number> {
  const search = makeSearch(makeHash(), salt, challenge);
  for (let at = 0; at <= maxNumber && !signal?.aborted; ) {
    for (const untilMs = performance.now() + SLICE_MS; performance.now() < untilMs; ) {
      const found = search(at, Math.min(at + SLICE_NUMBERS, maxNumber + 1));
      if (found >= 0) return found;
      at += SLICE_NUMBERS;
    }
    tell(Math.min(1, at / maxNumber));
    await nextTask();
  }
  return -1;
}

/** Not a timer: those come once a second in a tab that isn't looked at. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
