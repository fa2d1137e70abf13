import { stringOf, type JsonObject } from "../shared/json";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** After a week "9 days ago" says less than the date. */
const LONGEST_RELATIVE_MS = 7 * DAY_MS;

/** The person's own language and its rules for times. */
export const locale = Intl.DateTimeFormat().resolvedOptions().locale;

/** "3 minutes ago", and the date for what is longer ago. */
export function relativeTime(ms: number, nowMs: number, language: string = locale): string {
  // A server's clock may be a little ahead of this one.
  const agoMs = Math.max(0, nowMs - ms);
  if (agoMs >= LONGEST_RELATIVE_MS) {
    return dayOf(ms, language);
  }
  const words = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  if (agoMs < MINUTE_MS) return words.format(0, "second");
  if (agoMs < HOUR_MS) return words.format(-Math.floor(agoMs / MINUTE_MS), "minute");
  if (agoMs < DAY_MS) return words.format(-Math.floor(agoMs / HOUR_MS), "hour");
  return words.format(-Math.floor(agoMs / DAY_MS), "day");
}

export function dayOf(ms: number, language: string = locale): string {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium" }).format(ms);
}

export function fullTime(ms: number, language: string = locale): string {
  const style = { dateStyle: "full", timeStyle: "short" } as const;
  return new Intl.DateTimeFormat(language, style).format(ms);
}

/** How long there is to wait: "12 seconds", "2 minutes 5 seconds". */
export function waitWords(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const rest = seconds % 60;
  const words = [];
  if (minutes > 0) words.push(minutes === 1 ? "1 minute" : `${minutes} minutes`);
  if (rest > 0 || minutes === 0) words.push(rest === 1 ? "1 second" : `${rest} seconds`);
  return words.join(" ");
}

/** Not a number when there is no time that can be read. */
export function timeOf(object: JsonObject, name: string): number {
  return Date.parse(stringOf(object, name) ?? "");
}
