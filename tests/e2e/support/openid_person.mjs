// People who sign in by way of a provider, with a browser that is made of plain requests.
import assert from "node:assert/strict";
import { CookieJar } from "./cookie_jar.mjs";
import { Person } from "./person.mjs";

/** What a browser says of a link that leads here from another site. */
export const FROM_ELSEWHERE = {
  "Sec-Fetch-Site": "cross-site",
  "Sec-Fetch-Mode": "navigate",
  "Sec-Fetch-Dest": "document",
};
const MOST_STEPS = 12;

/** Somebody's browser in front of the provider. */
class ProviderPages {
  #cookies = new CookieJar();

  constructor(issuer) {
    this.issuer = issuer;
  }

  async #ask(url, form) {
    const response = await fetch(url, {
      method: form ? "POST" : "GET",
      body: form && new URLSearchParams(form),
      redirect: "manual",
      headers: { Cookie: this.#cookies.header(new URL(url).pathname) },
    });
    for (const line of response.headers.getSetCookie()) this.#cookies.keep(line);
    const location = response.headers.get("location");
    return { text: await response.text(), next: location && new URL(location, url).href };
  }

  /** Goes on until the provider sends the browser away: to where. `fill` answers its forms. */
  async follow(url, fill) {
    let at = url;
    for (let step = 0; step < MOST_STEPS; step += 1) {
      if (!at.startsWith(this.issuer)) return at;
      let { text, next } = await this.#ask(at);
      if (next === null) {
        const form = fill(text);
        ({ text, next } = await this.#ask(form.action ?? at, form.values));
      }
      assert.ok(next, `the provider stays at ${at}: ${text.slice(0, 400)}`);
      at = next;
    }
    return assert.fail(`the provider leads nowhere: ${at}`);
  }
}

export class OpenIdPerson extends Person {
  #pages;

  constructor(server, provider, options) {
    super(server, options);
    this.provider = provider;
    this.#pages = new ProviderPages(provider.issuer);
  }

  begin(purpose = "sign_in", id = "openid") {
    return this.call("POST", `openid/${id}`, { purpose });
  }

  /** Where the provider sends the browser to when that person has said a name, or cancelled. */
  async atProvider(name, purpose, id) {
    const begun = await this.begin(purpose, id);
    assert.equal(begun.status, 200, begun.text);
    return this.answerAt(begun.json.authorization_url, name);
  }

  answerAt(url, name) {
    const values = name === null ? { cancel: "" } : { name };
    return this.#pages.follow(url, () => ({ values }));
  }

  /** Opens an address of the server as a browser does that comes from the provider. */
  comeBack(url) {
    const { pathname, search, searchParams } = new URL(url);
    for (const name of ["code", "state"]) {
      const value = searchParams.get(name) ?? "";
      if (value.length > 20) this.server.secrets.add(value);
    }
    const part = (pathname + search).replace("/api/v1/auth/", "");
    return this.call("GET", part, undefined, FROM_ELSEWHERE);
  }

  /** The whole way, as `name` at the provider: where it ends, as `outcome` of docs/accounts.md. */
  async goThrough(name, purpose, id) {
    const callback = await this.atProvider(name, purpose, id);
    const response = await this.comeBack(callback);
    return { callback, response, outcome: outcomeOf(response) };
  }

  /** Signs in, and asks who it is. */
  async signInAs(name, id) {
    const { outcome } = await this.goThrough(name, "sign_in", id);
    assert.equal(outcome, "in", `the outcome for ${name}`);
    const me = await this.call("GET", "me");
    assert.equal(me.status, 200, me.text);
    return me.json;
  }

  /** Leaves the provider, too: to where it sends the browser then. */
  leave(endSessionUrl) {
    return this.#pages.follow(endSessionUrl, (text) => ({
      action: /action="([^"]+)"/.exec(text)[1],
      values: { xsrf: /name="xsrf" value="([^"]+)"/.exec(text)[1], logout: "yes" },
    }));
  }
}

/** "in", or the word that the page makes a sentence of. */
export function outcomeOf(response) {
  assert.equal(response.status, 303, response.text);
  const [, outcome] = /^\/account(?:\?openid=([a-z_]+))?$/.exec(response.headers.location) ?? [
    assert.fail(`it leads to ${response.headers.location}`),
  ];
  return outcome ?? "in";
}
