import { decodeChallenge, type Challenge } from "./challenge";
import { numberOf, parseObject, stringOf } from "./json";

/** The server answered, and the answer is no. Only plain words of it are kept. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string | null,
    readonly retryAfterS: number | null,
    readonly requestId: string | null,
    readonly challenge: Challenge | null = null,
    /** Of the form that was sent: where the fault is. */
    readonly field: string | null = null,
  ) {
    super(`${status} ${code}`);
  }

  /** A busy server or a limit passes; an answer such as 404 will not change by waiting. */
  isPassing(): boolean {
    return this.status === 429 || this.status >= 500;
  }

  /** A proof of work was asked for, and what was sent did not do. */
  isUnproved(): boolean {
    return this.code === "challenge_required";
  }

  retryAfterMs(): number {
    return (this.retryAfterS ?? 0) * 1000;
  }
}

/** There was no answer at all. */
export class ConnectionLost extends Error {}

const MAX_DETAIL_CHARACTERS = 300;
const DEFAULT_RETRY_AFTER_S = 10;

/** A proxy on the way may answer with a page of HTML: of that only the status is used. */
export async function problemFrom(response: Response): Promise<Problem> {
  const isJson = /\bjson\b/.test(response.headers.get("content-type") ?? "");
  const body = (isJson ? parseObject(await response.text().catch(() => "")) : null) ?? {};
  const header = Number(response.headers.get("retry-after"));
  const retryAfterS = numberOf(body, "retry_after_s") ?? (header > 0 ? header : null);
  return new Problem(
    response.status,
    stringOf(body, "code") ?? codeOfStatus(response.status),
    stringOf(body, "detail"),
    retryAfterS ?? (response.status === 429 ? DEFAULT_RETRY_AFTER_S : null),
    stringOf(body, "request_id") ?? response.headers.get("x-request-id"),
    decodeChallenge(body),
    stringOf(body, "field"),
  );
}

function codeOfStatus(status: number): string {
  if (status === 401) return "unauthenticated";
  if (status === 403) return "forbidden";
  if (status === 404) return "not_found";
  if (status === 413) return "too_large";
  if (status === 429) return "rate_limited";
  if (status === 504) return "upstream_timeout";
  return status >= 500 ? "unavailable" : "invalid";
}

/** Sentences only: what looks like markup or data is of no use to the reader. */
export function plainWords(text: string | null): string | null {
  const words = text?.trim() ?? "";
  const isPlain = words !== "" && !/^[<{[]/.test(words) && !/<\/?[a-z!]/i.test(words);
  return isPlain ? words.slice(0, MAX_DETAIL_CHARACTERS) : null;
}
