import { numberOf, parseObject, stringOf, type JsonObject } from "../shared/json";
import { ConnectionLost } from "../shared/problem";
import type { Prover } from "../shared/prover";
import type { Storage } from "../shared/storage";

interface Credential {
  readonly token: string;
  readonly obtainedMs: number;
  readonly expiresMs: number;
}

const NAME = "session";
const ASSUMED_LIFE_MS = 3_600_000;

/**
 * The visitor's session. It is begun with the first request that needs one, shared by all tabs
 * through storage, renewed after half of its life and replaced when the server refuses it.
 */
export class Session {
  private pending: Promise<string> | null = null;

  constructor(
    private readonly base: string,
    private readonly prover: Prover,
    private readonly storage: Storage,
    private readonly now: () => number = Date.now,
  ) {}

  async token(): Promise<string> {
    const credential = this.stored();
    if (!credential || credential.expiresMs <= this.now()) return this.once(() => this.begin());
    const halfway = (credential.obtainedMs + credential.expiresMs) / 2;
    if (this.now() < halfway) return credential.token;
    return this.once(() => this.renew(credential));
  }

  /** After a 401: another tab may have a newer token already; otherwise a new session begins. */
  async replace(refused: string): Promise<string> {
    const credential = this.stored();
    if (credential && credential.token !== refused) return credential.token;
    this.storage.remove(NAME);
    return this.once(() => this.begin());
  }

  private once(start: () => Promise<string>): Promise<string> {
    this.pending ??= start().finally(() => {
      this.pending = null;
    });
    return this.pending;
  }

  private begin(): Promise<string> {
    return this.request({});
  }

  private async renew(credential: Credential): Promise<string> {
    try {
      return await this.request({ authorization: `Bearer ${credential.token}` });
    } catch {
      return credential.token;
    }
  }

  private async request(headers: Record<string, string>): Promise<string> {
    const response = await this.prover.send(`${this.base}/api/v1/sessions`, {
      method: "POST",
      headers,
    });
    const body = parseObject(await response.text().catch(() => ""));
    const token = body && stringOf(body, "token");
    if (!body || !token) throw new ConnectionLost();
    this.keep({ token, obtainedMs: this.now(), expiresMs: this.expiry(body) });
    return token;
  }

  private expiry(body: JsonObject): number {
    const text = stringOf(body, "expires_at");
    const seconds = numberOf(body, "expires_at");
    const ms = text !== null ? Date.parse(text) : seconds !== null ? seconds * 1000 : NaN;
    return Number.isNaN(ms) ? this.now() + ASSUMED_LIFE_MS : ms;
  }

  private keep(credential: Credential): void {
    this.storage.write(NAME, JSON.stringify(credential));
  }

  private stored(): Credential | null {
    const body = parseObject(this.storage.read(NAME) ?? "");
    const token = body && stringOf(body, "token");
    const obtainedMs = body && numberOf(body, "obtainedMs");
    const expiresMs = body && numberOf(body, "expiresMs");
    return token && obtainedMs !== null && expiresMs !== null
      ? { token, obtainedMs, expiresMs }
      : null;
  }
}
