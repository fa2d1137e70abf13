import { asObject, numberOf, stringOf, type JsonObject } from "./json";
import type { Puzzle } from "./solve";

/** What the server wants to see solved before it goes on: a proof of work in ALTCHA's form. */
export interface Challenge extends Puzzle {
  readonly signature: string;
}

const ALGORITHM = "SHA-256";
const DEFAULT_MAX_NUMBER = 1_000_000;
/** More than this is no check but an attack on the visitor's battery. */
const LARGEST_MAX_NUMBER = 10_000_000;

/** The `challenge` of a problem, or null when there is none that this client can solve. */
export function decodeChallenge(problem: JsonObject): Challenge | null {
  const body = asObject(problem["challenge"]) ?? {};
  const salt = stringOf(body, "salt") ?? "";
  const challenge = (stringOf(body, "challenge") ?? "").toLowerCase();
  const signature = stringOf(body, "signature");
  const maxNumber = numberOf(body, "maxnumber") ?? DEFAULT_MAX_NUMBER;
  const isSolvable = stringOf(body, "algorithm") === ALGORITHM && signature !== null &&
    /^[ -~]{1,512}$/.test(salt) && /^[0-9a-f]{64}$/.test(challenge) &&
    Number.isInteger(maxNumber) && maxNumber >= 0 && maxNumber <= LARGEST_MAX_NUMBER;
  return isSolvable ? { salt, challenge, signature, maxNumber } : null;
}

/** The proof as the header `X-Gatehouse-Challenge` carries it. */
export function encodeProof({ challenge, salt, signature }: Challenge, number: number): string {
  return btoa(JSON.stringify({ algorithm: ALGORITHM, challenge, number, salt, signature }));
}
