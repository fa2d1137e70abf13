import { ConnectionLost, problemFrom } from "./problem";

/** The server begins its answers at once; what takes longer is a line that hangs. */
export const ANSWER_BEGINS_MS = 30_000;

/**
 * One request with its answer: throws `ConnectionLost` without one, `Problem` when it says no.
 * `patienceMs` is how long the answer may take to begin; a stream may then last. Cookies travel
 * only where `init` asks for it.
 */
export async function send(
  url: string,
  init: RequestInit,
  patienceMs = ANSWER_BEGINS_MS,
): Promise<Response> {
  const aborter = new AbortController();
  const abort = () => aborter.abort();
  const timer = setTimeout(abort, patienceMs);
  init.signal?.addEventListener("abort", abort);
  if (init.signal?.aborted) abort();
  let response: Response;
  try {
    const { signal } = aborter;
    response = await fetch(url, { credentials: "omit", ...init, signal, cache: "no-store" });
  } catch {
    if (!aborter.signal.aborted) hintAtOrigin(url);
    throw new ConnectionLost();
  } finally {
    clearTimeout(timer);
  }
  if (!response.ok) throw await problemFrom(response);
  return response;
}

export function withHeader(init: RequestInit, name: string, value: string): RequestInit {
  const headers = new Headers(init.headers);
  headers.set(name, value);
  return { ...init, headers };
}

let hasHinted = false;

/** To the visitor a refused origin looks like a dead line; who set up the page must be told. */
function hintAtOrigin(url: string): void {
  if (hasHinted || !navigator.onLine || new URL(url).origin === location.origin) return;
  hasHinted = true;
  console.warn(
    `[Gatehouse] No answer from ${new URL(url).origin}. If the server is running, it may not ` +
      `allow this page: add ${location.origin} to ALLOWED_ORIGINS.`,
  );
}
