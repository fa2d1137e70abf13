// A server and a browser for the account page, as far as it notices.
import { afterEach, beforeEach } from "node:test";
import { AccountApi } from "../account/api";
import { AccountPage } from "../account/page";
import { Prover } from "../shared/prover";
import type { RememberedAccount } from "../shared/remembered-account";

export const SIGNED_IN = {
  account: { id: "a1", name: "anna", role: "operator" },
  csrf_token: "csrf",
  expires_at: "2999-01-01T00:00:00Z",
};

interface Seen {
  readonly what: string;
  readonly headers: Headers;
  readonly credentials: RequestInit["credentials"];
  readonly body: unknown;
}

/** Answers each call by what stands in `answers` under "METHOD path". */
export class FakeServer {
  readonly seen: Seen[] = [];
  answers: Record<string, () => Response> = {};

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const what = `${init.method} ${url.replace("https://here/api/v1/auth/", "")}`;
    const body = typeof init.body === "string" ? JSON.parse(init.body) : null;
    const { credentials } = init;
    this.seen.push({ what, headers: new Headers(init.headers), credentials, body });
    return (this.answers[what] ?? (() => problem(404)))();
  };
}

export class FakeMemory {
  constructor(private kept: string | null = null) {}
  readonly name = () => this.kept;
  readonly remember = (name: string) => void (this.kept = name);
  readonly forget = () => void (this.kept = null);
}

export const problem = (status: number, more: object = {}) =>
  Response.json({ status, detail: "No.", ...more }, { status });
export const ok = (body: object) => () => Response.json(body);
const realFetch = globalThis.fetch;
const realSetTimeout = globalThis.setTimeout;
export let server: FakeServer;
export let api: AccountApi;

beforeEach(() => {
  server = new FakeServer();
  api = new AccountApi("https://here", new Prover(() => undefined));
  globalThis.fetch = server.fetch as typeof fetch;
  // The page waits for the end of a session, for which no test has the time.
  globalThis.setTimeout = ((run: () => void, ms: number) =>
    realSetTimeout(run, ms).unref()) as unknown as typeof setTimeout;
});
afterEach(() => {
  globalThis.fetch = realFetch;
  globalThis.setTimeout = realSetTimeout;
});

export function open(memory = new FakeMemory()) {
  const visited: string[] = [];
  const go = (url: string) => void visited.push(url);
  const page = new AccountPage(api, memory as unknown as RememberedAccount, go);
  return { page, memory, visited, screen: () => page.state.screen };
}
