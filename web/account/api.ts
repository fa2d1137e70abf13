import {
  arrayOf,
  asObject,
  numberOf,
  parseObject,
  stringOf,
  type JsonObject,
} from "../shared/json";
import { ConnectionLost, Problem } from "../shared/problem";
import type { Prover } from "../shared/prover";
import {
  decodeIdentity,
  decodePending,
  decodeProvider,
  webAddressOf,
  type Identity,
  type Pending,
  type Provider,
} from "./openid";
import { timeOf } from "./times";

export interface SignedIn {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  /** What `me` alone tells; null in what other calls answer. */
  readonly hasSecondFactor: boolean | null;
  /** False for an account that a provider made; known together with the second factor. */
  readonly hasPassword: boolean;
  /** Recovery codes that are left. */
  readonly recoveryCodes: number;
  /** When the session ends if nobody does anything until then. */
  readonly expiresMs: number;
}

export interface SessionEntry {
  readonly id: string;
  readonly userAgent: string;
  readonly network: string;
  readonly createdMs: number;
  readonly seenMs: number;
  readonly isCurrent: boolean;
}

export interface Link {
  readonly purpose: "first_operator" | "password";
  /** Of the account; the first operator chooses one. */
  readonly name: string | null;
}

/** For an authenticator app: base32 to be typed in, and the same as an address. */
export interface NewFactor {
  readonly key: string;
  readonly uri: string;
}

export interface KeyEntry {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  /** Null: it has no end. */
  readonly expiresMs: number | null;
  /** Null: never. */
  readonly usedMs: number | null;
  /** 0: no limit of its own. */
  readonly requestsPerMinute: number;
  readonly tokensPerDay: number;
  /** An amount as the server writes it: "2.5". */
  readonly moneyPerDay: string;
}

/** What is not given has no limit. */
export interface WantedKey {
  readonly name: string;
  readonly scopes: string;
  readonly days?: number;
  readonly requests_per_minute?: number;
  readonly tokens_per_day?: number;
  readonly money_per_day?: string;
}

/** `key` is told this once. */
export interface NewKey extends KeyEntry {
  readonly key: string;
}

/**
 * The calls of docs/accounts.md. Each throws `Problem` or `ConnectionLost`, nothing else. The
 * session is a cookie that scripts can't read; its CSRF token is kept here and goes along.
 */
export class AccountApi {
  private csrfToken = "";

  constructor(
    private readonly origin: string,
    private readonly prover: Prover,
  ) {}

  me(): Promise<SignedIn> {
    return this.session("GET", "me");
  }

  /** `code` is of a second factor, or empty. */
  signIn(name: string, password: string, code: string): Promise<SignedIn> {
    const form = { name, password };
    return this.session("POST", "sign-in", code === "" ? form : { ...form, code });
  }

  /** Answers where to sign out as well, when a provider let this session in and wants that. */
  async signOut(): Promise<string | null> {
    const response = await this.call("POST", "sign-out");
    this.csrfToken = "";
    return response.status === 204 ? null : webAddressOf(await bodyOf(response), "end_session_url");
  }

  async providers(): Promise<readonly Provider[]> {
    return arrayOf(await this.object("GET", "openid"), "providers")
      .map(decodeProvider)
      .filter((provider) => provider !== null);
  }

  /** Answers the page of the provider, from which the browser comes back by itself. */
  async beginOpenId(provider: string, purpose: "sign_in" | "link"): Promise<string> {
    const path = `openid/${encodeURIComponent(provider)}`;
    return webAddressOf(await this.object("POST", path, { purpose }), "authorization_url");
  }

  /** Null: nothing waits for an answer any more. */
  async pending(): Promise<Pending | null> {
    try {
      return decodePending(await this.object("GET", "openid/pending"));
    } catch (error) {
      if (error instanceof Problem && error.status === 404) return null;
      throw error;
    }
  }

  async answerPending(answer: "yes" | "no"): Promise<void> {
    await this.call("POST", "openid/pending", { answer });
  }

  signInPending(code: string): Promise<SignedIn> {
    return this.session("POST", "openid/pending", { code });
  }

  async identities(): Promise<readonly Identity[]> {
    return arrayOf(await this.object("GET", "openid/links"), "links")
      .map(decodeIdentity)
      .filter((identity) => identity !== null);
  }

  async disconnect(id: string, currentPassword: string): Promise<void> {
    const proof = { current_password: currentPassword };
    await this.call("DELETE", `openid/links/${encodeURIComponent(id)}`, proof);
  }

  /** `code` is of a second factor, or empty. */
  changePassword(current: string, fresh: string, code: string): Promise<SignedIn> {
    const passwords = { current_password: current, new_password: fresh };
    return this.session("POST", "password", code === "" ? passwords : { ...passwords, code });
  }

  async checkLink(token: string): Promise<Link> {
    const body = await this.object("POST", "links/check", { token });
    const isFirst = stringOf(body, "purpose") === "first_operator";
    return { purpose: isFirst ? "first_operator" : "password", name: stringOf(body, "name") };
  }

  /**
   * `name` is the first operator's choice; other accounts have theirs. Null where the password is
   * set, and a second factor has to be used to sign in with it.
   */
  async useLink(token: string, password: string, name: string | null): Promise<SignedIn | null> {
    const form = { token, new_password: password };
    const response = await this.call("POST", "links", name === null ? form : { ...form, name });
    return response.status === 204 ? null : this.signedIn(await bodyOf(response));
  }

  /** This one first, then the one that was used last. */
  async sessions(): Promise<readonly SessionEntry[]> {
    const body = await this.object("GET", "sessions");
    const order = (entry: SessionEntry) => (entry.isCurrent ? Infinity : entry.seenMs);
    return arrayOf(body, "sessions")
      .map(decodeSession)
      .filter((entry) => entry !== null)
      .sort((one, other) => order(other) - order(one));
  }

  async endSession(id: string): Promise<void> {
    await this.call("DELETE", `sessions/${encodeURIComponent(id)}`);
  }

  async endOtherSessions(): Promise<void> {
    await this.call("DELETE", "sessions");
  }

  async beginSecondFactor(currentPassword: string): Promise<NewFactor> {
    const body = await this.object("POST", "second-factor", { current_password: currentPassword });
    const key = stringOf(body, "key");
    const uri = stringOf(body, "uri");
    if (!key || !uri?.startsWith("otpauth://")) throw new ConnectionLost();
    return { key, uri };
  }

  /**
   * From now on it is asked for; all sessions end but this one. Answers the recovery codes, which
   * are told this once.
   */
  async confirmSecondFactor(code: string): Promise<readonly string[]> {
    const body = await this.object("POST", "second-factor/confirm", { code });
    this.signedIn(body);
    return arrayOf(body, "recovery_codes").filter((each) => typeof each === "string");
  }

  /** All sessions end but this one. */
  async removeSecondFactor(currentPassword: string, code: string): Promise<void> {
    const proof = { current_password: currentPassword, code };
    await this.session("POST", "second-factor/remove", proof);
  }

  async keys(): Promise<readonly KeyEntry[]> {
    const body = await this.object("GET", "keys");
    return arrayOf(body, "keys")
      .map((value) => decodeKey(asObject(value)))
      .filter((entry) => entry !== null);
  }

  async makeKey(wanted: WantedKey): Promise<NewKey> {
    const body = await this.object("POST", "keys", wanted);
    const entry = decodeKey(body);
    const key = stringOf(body, "key");
    if (!entry || !key) throw new ConnectionLost();
    return { ...entry, key };
  }

  async revokeKey(id: string): Promise<void> {
    await this.call("DELETE", `keys/${encodeURIComponent(id)}`);
  }

  /** All that is kept of the account, whole. */
  async exportAll(): Promise<Blob> {
    const response = await this.call("GET", "me/export");
    try {
      return await response.blob();
    } catch {
      throw new ConnectionLost(); // cut, so that half of it doesn't look like all
    }
  }

  /** `code` is of a second factor, or empty. */
  async erase(currentPassword: string, code: string): Promise<void> {
    const form = { current_password: currentPassword };
    await this.call("POST", "me/erase", code === "" ? form : { ...form, code });
    this.csrfToken = "";
  }

  private async session(method: string, path: string, body?: object): Promise<SignedIn> {
    return this.signedIn(await this.object(method, path, body));
  }

  private signedIn(answer: JsonObject): SignedIn {
    const account = asObject(answer["account"]);
    const id = account && stringOf(account, "id");
    const name = account && stringOf(account, "name");
    const csrfToken = stringOf(answer, "csrf_token");
    if (!account || !id || !name || !csrfToken) throw new ConnectionLost();
    this.csrfToken = csrfToken;
    const role = stringOf(account, "role") ?? "";
    const told = answer["second_factor"];
    return {
      id,
      name,
      role,
      hasSecondFactor: typeof told === "boolean" ? told : null,
      hasPassword: answer["has_password"] !== false,
      recoveryCodes: numberOf(answer, "recovery_codes") ?? 0,
      expiresMs: timeOf(answer, "expires_at"),
    };
  }

  private async object(method: string, path: string, body?: object): Promise<JsonObject> {
    return bodyOf(await this.call(method, path, body));
  }

  private call(method: string, path: string, body?: object): Promise<Response> {
    const headers: Record<string, string> = {};
    if (this.csrfToken !== "") headers["x-csrf-token"] = this.csrfToken;
    const init: RequestInit = { method, headers, credentials: "same-origin" };
    if (body) {
      headers["content-type"] = "application/json";
      init.body = JSON.stringify(body);
    }
    return this.prover.send(`${this.origin}/api/v1/auth/${path}`, init);
  }
}

async function bodyOf(response: Response): Promise<JsonObject> {
  const object = parseObject(await response.text().catch(() => ""));
  if (!object) throw new ConnectionLost();
  return object;
}

function decodeSession(value: unknown): SessionEntry | null {
  const entry = asObject(value);
  const id = entry && stringOf(entry, "id");
  if (!entry || !id) return null;
  return {
    id,
    userAgent: stringOf(entry, "user_agent") ?? "",
    network: stringOf(entry, "network") ?? "",
    createdMs: timeOf(entry, "created_at"),
    seenMs: timeOf(entry, "seen_at"),
    isCurrent: entry["is_current"] === true,
  };
}

function decodeKey(entry: JsonObject | null): KeyEntry | null {
  const id = entry && stringOf(entry, "id");
  if (!entry || !id) return null;
  const timeOrNull = (name: string) => (entry[name] === null ? null : timeOf(entry, name));
  return {
    id,
    name: stringOf(entry, "name") ?? "",
    scopes: (stringOf(entry, "scopes") ?? "").split(",").filter(Boolean),
    expiresMs: timeOrNull("expires_at"),
    usedMs: timeOrNull("used_at"),
    requestsPerMinute: numberOf(entry, "requests_per_minute") ?? 0,
    tokensPerDay: numberOf(entry, "tokens_per_day") ?? 0,
    moneyPerDay: stringOf(entry, "money_per_day") ?? "0",
  };
}
