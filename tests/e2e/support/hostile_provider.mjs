// A provider of our own that is right in everything but the one thing that a test chooses.
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { FAULTS_OF_ANSWERS } from "./hostile_answers.mjs";
import { FAULTS_OF_TOKENS } from "./hostile_tokens.mjs";
import { CLIENT_ID, makeKey, publicJwk, settingsOf, signToken } from "./openid_tokens.mjs";

const DISCOVERY = "/.well-known/openid-configuration";
const accessHash = (token) =>
  createHash("sha256").update(token).digest().subarray(0, 16).toString("base64url");

/**
 * What it does wrong is a row of `hostile_tokens.mjs` or `hostile_answers.mjs`: functions that
 * change what would have been right. Everybody who comes is the same person.
 */
export class HostileProvider {
  clientId = CLIENT_ID;
  secret = randomBytes(24).toString("base64url");
  person = { sub: "person-mallory", email: "mallory@example.org", email_verified: true };
  key = makeKey("RS256");
  /** Published as well, and never the one that a token names. */
  otherKey = makeKey("RS256");
  /** The paths that were asked for. */
  asked = [];
  #fault = {};
  #nonces = new Map();
  #http = createServer((request, response) => void this.#serve(request, response));

  static async start(t, fault) {
    const provider = new HostileProvider();
    if (fault) provider.misbehave(fault);
    provider.#http.listen(0, "127.0.0.1");
    await once(provider.#http, "listening");
    provider.issuer = `http://127.0.0.1:${provider.#http.address().port}`;
    t.after(() => {
      provider.#http.close();
      provider.#http.closeAllConnections();
    });
    return provider;
  }

  get env() {
    return settingsOf(this);
  }

  /** From now on that is wrong; nothing is, where no name is given. */
  misbehave(fault) {
    const row = fault === undefined ? {} : (FAULTS_OF_TOKENS[fault] ?? FAULTS_OF_ANSWERS[fault]);
    if (!row) throw new Error(`there is no fault ${fault}`);
    this.#fault = row;
  }

  /** A token as it would be right, for a nonce. */
  claims(nonce) {
    const now = Math.floor(Date.now() / 1000);
    return {
      iss: this.issuer,
      aud: this.clientId,
      ...this.person,
      iat: now,
      exp: now + 300,
      nonce,
    };
  }

  async #serve(request, response) {
    const { pathname, searchParams } = new URL(request.url, this.issuer);
    this.asked.push(pathname);
    response.on("error", () => {});
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const form = new URLSearchParams(Buffer.concat(pieces).toString());
    const wrong = this.#fault.answer?.(pathname, response, this);
    if (wrong) return;
    if (pathname === DISCOVERY) return sendJson(response, this.#metadata());
    if (pathname === "/jwks") return sendJson(response, this.#keys());
    if (pathname === "/authorize") return this.#authorize(searchParams, response);
    if (pathname === "/token") return this.#token(form, response);
    if (pathname === "/userinfo") return sendJson(response, this.#fault.userinfo ?? this.person);
    response.writeHead(404).end();
  }

  #metadata() {
    const right = {
      issuer: this.issuer,
      authorization_endpoint: `${this.issuer}/authorize`,
      token_endpoint: `${this.issuer}/token`,
      jwks_uri: `${this.issuer}/jwks`,
      userinfo_endpoint: `${this.issuer}/userinfo`,
      response_types_supported: ["code"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256"],
      code_challenge_methods_supported: ["S256"],
      token_endpoint_auth_methods_supported: ["client_secret_basic"],
      authorization_response_iss_parameter_supported: true,
    };
    return { ...right, ...this.#fault.metadata?.(right) };
  }

  #keys() {
    const right = [publicJwk(this.key), publicJwk(this.otherKey)];
    return { keys: this.#fault.keys?.(right, this) ?? right };
  }

  #authorize(asked, response) {
    const code = randomBytes(16).toString("hex");
    this.#nonces.set(code, asked.get("nonce"));
    const right = { code, state: asked.get("state"), iss: this.issuer };
    const told = new URLSearchParams({ ...right, ...this.#fault.callback?.(right) });
    for (const [name, value] of [...told]) if (value === "") told.delete(name);
    response.writeHead(303, { Location: `${asked.get("redirect_uri")}?${told}` }).end();
  }

  #token(form, response) {
    const code = form.get("code");
    const nonce = this.#nonces.get(code);
    if (!this.#nonces.delete(code)) return sendJson(response, { error: "invalid_grant" }, 400);
    const accessToken = randomBytes(16).toString("hex");
    const claims = {
      ...this.claims(nonce),
      at_hash: accessHash(accessToken),
    };
    const header = { alg: "RS256", kid: this.key.kid, typ: "JWT" };
    const { token } = this.#fault;
    const idToken =
      token?.({ header, claims, provider: this }) ?? signToken(header, claims, this.key.privateKey);
    sendJson(response, {
      access_token: accessToken,
      token_type: "Bearer",
      expires_in: 300,
      id_token: idToken,
    });
  }
}

export function sendJson(response, body, status = 200) {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(JSON.stringify(body));
}
