import { plainWords, Problem } from "../shared/problem";

/** Why something did not work, for the person in front of the form. */
export interface Refusal {
  /** Of the form; null when it concerns no single field. */
  readonly field: string | null;
  readonly text: string;
  /** Null when trying again at once may work. */
  readonly untilMs: number | null;
}

const CSRF_HEADER = "x-csrf-token";

export function refusalOf(error: unknown, nowMs: number = Date.now()): Refusal {
  if (!(error instanceof Problem)) {
    return of("The server can’t be reached right now. Try again in a moment.");
  }
  if (error.status === 429) {
    return { ...of("Too many tries in a short time."), untilMs: nowMs + error.retryAfterMs() };
  }
  if (error.isUnproved()) return of("Your browser’s work was not accepted. Try again.");
  // Somebody signed in anew in another tab. The page of this one still has the token of before.
  if (error.field?.toLowerCase() === CSRF_HEADER) return of("Load this page again and repeat it.");
  if (error.status === 503) return of("The server is busy. Try again in a moment.");
  // What stands behind the server is away, and it says so.
  const told = plainWords(error.detail);
  if ((error.status === 502 || error.status === 504) && told !== null) return of(told);
  if (error.status >= 500) {
    return of(withReference("Something went wrong on the server.", error.requestId));
  }
  const text = told ?? "That was not accepted.";
  // Whether the name or the password is wrong is not told; the password is what is typed again.
  return { ...of(text), field: error.field ?? (error.status === 401 ? "password" : null) };
}

function of(text: string): Refusal {
  return { field: null, text, untilMs: null };
}

function withReference(text: string, requestId: string | null): string {
  return requestId && /^[\w-]{1,64}$/.test(requestId) ? `${text} (Reference: ${requestId})` : text;
}
