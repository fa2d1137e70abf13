import { countCodePoints } from "../shared/codepoints";

const LEAST_CHARACTERS = 15;
const MOST_CHARACTERS = 128;

/** Said before it is broken. The server knows more: which passwords are tried first, the name. */
export const passwordRule =
  "At least 15 characters. Several words that don’t belong together are easy to keep.";

/** As the server counts: characters of the normalised text. */
export function countPassword(password: string): number {
  return countCodePoints(password.normalize("NFKC"));
}

export function isLongEnough(password: string): boolean {
  return countPassword(password) >= LEAST_CHARACTERS;
}

/** What keeps a password from being sent at all, in words, or null. */
export function faultOfPassword(password: string): string | null {
  const count = countPassword(password);
  if (count === 0) return "Choose a password.";
  if (count < LEAST_CHARACTERS) return `That is too short: ${missing(LEAST_CHARACTERS - count)}.`;
  return count > MOST_CHARACTERS ? "A password has at most 128 characters." : null;
}

/** Beside the field while it is typed in. */
export function countWords(password: string): string {
  const count = countPassword(password);
  if (count > 0 && count < LEAST_CHARACTERS) return missing(LEAST_CHARACTERS - count);
  return count === 0 ? "" : `${count} characters`;
}

function missing(count: number): string {
  return count === 1 ? "1 character more is needed" : `${count} characters more are needed`;
}
