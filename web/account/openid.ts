import { asObject, stringOf, type JsonObject } from "../shared/json";
import { ConnectionLost } from "../shared/problem";
import { timeOf } from "./times";

/** Who says who somebody is: Google, or what the operator of this server has named. */
export interface Provider {
  readonly id: string;
  readonly name: string;
}

/** What a provider has said of somebody, and what is still asked before it counts. */
export interface Pending {
  readonly purpose: "link" | "code";
  /** Its id. */
  readonly provider: string;
  readonly email: string;
}

/** Somebody at a provider, who signs in to this account. */
export interface Identity {
  readonly id: string;
  readonly provider: string;
  readonly email: string;
  readonly linkedMs: number;
  /** Not a number when it was never used. */
  readonly usedMs: number;
}

const OUTCOMES: Readonly<Record<string, string>> = {
  linked_needed:
    "There is an account with your e-mail address already. Sign in to it, and then say whether " +
    "the two belong together.",
  no_account:
    "There is no account for you here. Whoever runs this server can make one; then connect it " +
    "on this page.",
  domain: "Your e-mail address is not among those that may sign in here.",
  unverified: "Your e-mail address is not confirmed there. Confirm it first, then try again.",
  cancelled: "You have cancelled that. Nothing has changed.",
  refused: "That sign-in was not accepted. Try again.",
  unavailable: "The page to sign in can’t be reached right now. Try again in a moment.",
  disabled: "This account is switched off. Ask whoever runs this server.",
  code: "That took too long. Begin again.",
};

/** What came of a visit to a provider, in words. Null where the page shows it by itself. */
export function wordsOfOutcome(outcome: string | null): string | null {
  return outcome !== null && Object.hasOwn(OUTCOMES, outcome) ? (OUTCOMES[outcome] ?? null) : null;
}

/** Whether a provider has said something that waits for a yes. */
export function asksForYes(outcome: string | null): boolean {
  return outcome === "linked_needed" || outcome === "confirm";
}

/** An address that the browser may be sent to; what is a script leads nowhere. */
export function webAddressOf(answer: JsonObject, name: string): string {
  const address = stringOf(answer, name) ?? "";
  if (!/^https?:\/\//.test(address)) throw new ConnectionLost();
  return address;
}

export function decodeProvider(value: unknown): Provider | null {
  const entry = asObject(value);
  const id = entry && stringOf(entry, "id");
  return id ? { id, name: stringOf(entry, "name") || id } : null;
}

export function decodePending(answer: JsonObject): Pending {
  const purpose = stringOf(answer, "purpose");
  if (purpose !== "link" && purpose !== "code") throw new ConnectionLost();
  return { purpose, provider: stringOf(answer, "provider") ?? "", email: emailOf(answer) };
}

export function decodeIdentity(value: unknown): Identity | null {
  const entry = asObject(value);
  const id = entry && stringOf(entry, "id");
  if (!id) return null;
  return {
    id,
    provider: stringOf(entry, "provider") ?? "",
    email: emailOf(entry),
    linkedMs: timeOf(entry, "linked_at"),
    usedMs: timeOf(entry, "last_used_at"),
  };
}

const emailOf = (entry: JsonObject) => stringOf(entry, "email") ?? "";
