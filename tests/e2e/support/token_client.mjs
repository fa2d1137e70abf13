// Programs of people who sign in: access and refresh tokens instead of cookies.
import assert from "node:assert/strict";
import { assertProblem } from "./checks.mjs";
import { send } from "./client.mjs";
import { PASSWORD } from "./person.mjs";

/** A program of one person, at an address of its own. */
export class Client {
  access = "";
  refreshToken = "";

  constructor(own, { from = own.nextAddress(), agent = "app/1.0" } = {}) {
    Object.assign(this, { own, from, agent });
  }

  async call(method, path, body, headers = {}) {
    const response = await send(this.own, {
      method,
      path: path.startsWith("/") ? path : `/api/v1/auth/${path}`,
      body,
      from: this.from,
      headers: {
        "User-Agent": this.agent,
        ...(this.access === "" ? {} : { Authorization: `Bearer ${this.access}` }),
        ...headers,
      },
    });
    if (response.status === 200 && response.text.includes('"access_token"')) {
      const { access_token: access, refresh_token: refreshToken } = response.json;
      this.own.secrets.add(access).add(refreshToken);
      this.last = response.json;
      Object.assign(this, { access, refreshToken });
    }
    return response;
  }

  signIn(name = "owner", password = PASSWORD, more = {}, headers = {}) {
    this.access = "";
    return this.call("POST", "tokens", { name, password, ...more }, headers);
  }

  refresh(token = this.refreshToken) {
    return this.call("POST", "tokens/refresh", { refresh_token: token });
  }

  isIn = async () => (await this.call("GET", "me")).status === 200;
  isOut = async () => (await this.call("GET", "me")).status === 401;

  static async of(name, own) {
    const client = new Client(own);
    const response = await client.signIn(name);
    assert.equal(response.status, 200, response.text);
    return client;
  }
}

export const publishedKeys = (own) =>
  send(own, { path: "/.well-known/jwks.json", from: own.nextAddress() });

export function assertInvalidToken(response) {
  assertProblem(response, { status: 401, code: "unauthenticated" });
  assert.equal(response.headers["www-authenticate"], 'Bearer error="invalid_token"');
}
