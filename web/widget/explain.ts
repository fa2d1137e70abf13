import { plainWords, Problem } from "../shared/problem";
import type { Strings } from "./strings";

/** What went wrong, in words for the person who chats. */
export function explain(error: unknown, strings: Strings): string {
  if (!(error instanceof Problem)) return strings.errorConnection;
  switch (error.code) {
    case "invalid":
    case "content_blocked":
    case "too_large":
      return plainWords(error.detail) ?? strings.errorRefused;
    case "rate_limited":
      return strings.errorRateLimited;
    case "forbidden":
      return strings.errorForbidden;
    case "challenge_required":
      return strings.errorChallenge;
    case "not_found":
    case "gone":
      return strings.errorGone;
    case "upstream_timeout":
    case "deadline_exceeded":
      return strings.errorTimeout;
    default:
      return withReference(strings.errorServer, error.requestId, strings);
  }
}

/** The words of an `error` event, under the same rules. */
export function explainReplyError(message: string, strings: Strings): string {
  return plainWords(message) ?? strings.errorServer;
}

function withReference(text: string, requestId: string | null, strings: Strings): string {
  return requestId && /^[\w-]{1,64}$/.test(requestId)
    ? `${text} ${strings.reference.replace("{id}", requestId)}`
    : text;
}
