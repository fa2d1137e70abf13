import { countCodePoints } from "../shared/codepoints";

export const LEAST_CHARACTERS = 15;
export const LEAST_WITH_SECOND_FACTOR = 8;
const MOST_CHARACTERS = 128;

/** Said before it is broken. The server knows more: which passwords are tried first, the name. */
export function passwordRule(least: number): string {
  return `At least ${least} characters. Several words that don’t belong together are easy to keep.`;
}

/** As the server counts: characters of the normalised text. */
export function countPassword(password: string): number {
  return countCodePoints(password.normalize("NFKC"));
}

export function isLongEnough(password: string, least: number): boolean {
  return countPassword(password) >= least;
}

/** What keeps a password from being sent at all, in words, or null. */
export function faultOfPassword(password: string, least: number): string | null {
  const count = countPassword(password);
  if (count === 0) return "Choose a password.";
  if (count < least) return `That is too short: ${missing(least - count)}.`;
  return count > MOST_CHARACTERS ? "A password has at most 128 characters." : null;
}

/** Beside the field while it is typed in. */
export function countWords(password: string, least: number): string {
  const count = countPassword(password);
  if (count > 0 && count < least) return missing(least - count);
  return count === 0 ? "" : `${count} characters`;
}

function missing(count: number): string {
  return count === 1 ? "1 character more is needed" : `${count} characters more are needed`;
}
