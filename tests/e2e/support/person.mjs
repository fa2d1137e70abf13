// People who sign in: a browser's cookie and CSRF token, and the links that let them in.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { solve } from "./challenge.mjs";
import { send } from "./client.mjs";
import { CookieJar } from "./cookie_jar.mjs";
import { runBinary, startServer } from "./server.mjs";

export const PASSWORD = "seven wet stones in a row";

/** The token of a link that opens an account once. */
export function tokenOf(text) {
  const [, token] = /\/account#link=([\w-]{43})\b/.exec(text) ?? [];
  assert.ok(token, `no link in ${text}`);
  return token;
}

export function firstOperatorToken(server) {
  return tokenOf(readFileSync(join(server.dataDir, "first-operator.txt"), "utf8"));
}

/** Runs `gatehouse users …` beside the server. */
export function users(server, ...args) {
  return runBinary(["users", ...args, "--data-dir", server.dataDir], {
    env: { GATEHOUSE_LISTEN: server.env.GATEHOUSE_LISTEN },
  });
}

/** A browser of one person, at an address of its own. */
export class Person {
  cookies = new CookieJar();
  csrf = "";

  constructor(server, { from = server.nextAddress(), agent = "Mozilla/5.0 Firefox/130" } = {}) {
    Object.assign(this, { server, from, agent });
  }

  get cookie() {
    return this.cookies.header();
  }

  set cookie(header) {
    this.cookies = new CookieJar(header);
  }

  call(method, part, body, headers = {}) {
    return this.callPath(method, `/api/v1/auth/${part}`, body, headers);
  }

  async callPath(method, path, body, headers = {}) {
    const cookie = this.cookies.header(path);
    const response = await send(this.server, {
      method,
      path,
      body,
      from: this.from,
      headers: {
        "User-Agent": this.agent,
        ...(cookie === "" ? {} : { Cookie: cookie }),
        ...(this.csrf === "" ? {} : { "X-CSRF-Token": this.csrf }),
        ...headers,
      },
    });
    for (const line of response.headers["set-cookie"] ?? []) {
      const value = this.cookies.keep(line);
      if (value !== "") this.server.secrets.add(value);
    }
    if (response.status === 200 && response.text.includes('"csrf_token"')) {
      const { csrf_token: csrf, account } = response.json;
      this.server.secrets.add(csrf);
      Object.assign(this, { csrf, account });
    }
    return response;
  }

  /** Signs in, with the proof of work if it is asked for. */
  async signIn(name, password = PASSWORD) {
    const first = await this.call("POST", "sign-in", { name, password });
    if (first.status !== 403) return first;
    const work = solve(first.json.challenge);
    return this.call("POST", "sign-in", { name, password }, { "X-Gatehouse-Challenge": work });
  }

  useLink(token, newPassword = PASSWORD, more = {}) {
    return this.call("POST", "links", { token, new_password: newPassword, ...more });
  }

  /** The operator of a server that has none yet. */
  static async firstOperator(server, name = "owner") {
    const person = new Person(server);
    const response = await person.useLink(firstOperatorToken(server), PASSWORD, { name });
    assert.equal(response.status, 200, response.text);
    return person;
  }

  /** A new account that has signed in. */
  static async added(server, name, ...flags) {
    const { code, stdout, output } = await users(server, "add", name, ...flags);
    assert.equal(code, 0, output);
    const person = new Person(server);
    const response = await person.useLink(tokenOf(stdout));
    assert.equal(response.status, 200, response.text);
    return person;
  }
}

/** A server that `t` stops, and its first operator, who has signed in. */
export async function startOwned(t, options) {
  const server = await startServer(t, options);
  return { server, owner: await Person.firstOperator(server) };
}
