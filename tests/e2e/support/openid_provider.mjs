// The npm package oidc-provider as a real provider on this machine, with a sign-in page of our own.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import * as tests from "node:test";
import { Provider } from "oidc-provider";
import { CLIENT_ID, makeKey, publicJwk, settingsOf } from "./openid_tokens.mjs";
import { launchServer, prepareServer } from "./server.mjs";
import { Arrivals } from "./waiting.mjs";

/** The package calls what Debian's Node 18 doesn't have: there its tests are skipped. */
const canRun = "parse" in URL;
export const test = canRun ? tests.test : tests.test.skip;
export const before = canRun ? tests.before : () => {};

const privateJwk = (key) => ({ ...publicJwk(key), ...key.privateKey.export({ format: "jwk" }) });

const LIVES = ["AccessToken", "AuthorizationCode", "Grant", "IdToken", "Interaction", "Session"];
const LIFE_S = 600;

const page = (title, body) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title>${body}</html>`;

/**
 * People are whoever says a name on the sign-in page. `people` tells claims of some of them; the
 * others have an address at example.org that is verified.
 */
export class OpenIdProvider {
  people = new Map();
  /** Each answer to a logout that was told to the server: its `status`. */
  logouts = new Arrivals();
  clientId = CLIENT_ID;
  secret = randomBytes(24).toString("base64url");
  #keys;
  #provider;
  #http = createServer((request, response) => void this.#serve(request, response));

  /**
   * `url` is of the server that sends people here. `hasSessionIds` false: a logout names the
   * person and not the session. `hasClaimsInTokens` false: what is known of people is told to who
   * asks with an access token, and not in ID tokens. On `localhost` its pages are of another site
   * than those of 127.0.0.1, which is how it is outside of tests.
   */
  static async start(t, { url, alg = "RS256", host = "127.0.0.1", ...options }) {
    const { hasSessionIds = true, hasClaimsInTokens = true } = options;
    const provider = new OpenIdProvider();
    Object.assign(provider, { url, alg, hasSessionIds, hasClaimsInTokens });
    provider.#keys = [makeKey(alg)];
    provider.#http.listen(0, host);
    await once(provider.#http, "listening");
    provider.issuer = `http://${host}:${provider.#http.address().port}`;
    provider.#build();
    t.after(() => {
      provider.#http.close();
      provider.#http.closeAllConnections();
    });
    return provider;
  }

  get env() {
    return settingsOf(this);
  }

  /** The next tokens are signed with a key that nobody has seen. The old one stays published. */
  rotateKeys() {
    this.#keys.unshift(makeKey(this.alg));
    this.#build();
  }

  subjectOf(name) {
    return `person-${name}`;
  }

  /** Tells the server that a person has left, without any browser: answers its status. */
  async logOut(name, sessionId) {
    const client = await this.#provider.Client.find(this.clientId);
    await client.backchannelLogout(this.subjectOf(name), sessionId).catch(() => {});
    return this.logouts.items.at(-1);
  }

  /** What the package keeps, it keeps beside its instances, so another one goes on with it. */
  #build() {
    const route = `${this.url}/api/v1/auth/openid/openid`;
    const { clientId, secret, alg, hasSessionIds, hasClaimsInTokens } = this;
    this.#provider = new Provider(this.issuer, {
      clients: [
        {
          client_id: clientId,
          client_secret: secret,
          token_endpoint_auth_method: "client_secret_basic",
          id_token_signed_response_alg: alg,
          redirect_uris: [`${route}/callback`],
          post_logout_redirect_uris: [`${this.url}/account`],
          backchannel_logout_uri: `${route}/backchannel-logout`,
          backchannel_logout_session_required: hasSessionIds,
        },
      ],
      jwks: { keys: this.#keys.map(privateJwk) },
      cookies: { keys: [secret] },
      pkce: { required: () => true },
      claims: { openid: ["sub", "sid"], email: ["email", "email_verified"], profile: ["groups"] },
      conformIdTokenClaims: !hasClaimsInTokens,
      ttl: Object.fromEntries(LIVES.map((name) => [name, LIFE_S])),
      findAccount: (_, subject) => ({
        accountId: subject,
        claims: () => this.#claimsOf(subject),
      }),
      loadExistingGrant: (context) => grantAll(context.oidc),
      interactions: { url: (_, { uid }) => `/sign-in/${uid}` },
      features: {
        devInteractions: { enabled: false },
        backchannelLogout: { enabled: true },
        rpInitiatedLogout: { enabled: true, logoutSource: askToLeave },
      },
      fetch: (url, options) => this.#tellServer(url, options),
    });
  }

  #claimsOf(subject) {
    const name = subject.replace(/^person-/, "");
    const usual = { email: `${name}@example.org`, email_verified: true, groups: [] };
    return { sub: subject, ...usual, ...this.people.get(name) };
  }

  /** By itself the package tells nothing to what stands on loopback. */
  async #tellServer(url, { dispatcher: _, ...options }) {
    const response = await fetch(url, options);
    this.logouts.add({
      status: response.status,
      cacheControl: response.headers.get("cache-control"),
      body: String(options.body),
    });
    return response;
  }

  async #serve(request, response) {
    if (!request.url.startsWith("/sign-in/")) return this.#provider.callback()(request, response);
    if (request.method !== "POST") return showSignIn(response);
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const form = new URLSearchParams(Buffer.concat(pieces).toString());
    const name = form.get("name");
    const result = form.has("cancel")
      ? { error: "access_denied" }
      : { login: { accountId: this.subjectOf(name) } };
    await this.#provider.interactionFinished(request, response, result);
  }
}

/** Nobody is asked for a consent: that is between a person and a provider. */
async function grantAll({ provider, client, session, result }) {
  const known = result?.consent?.grantId ?? session.grantIdFor(client.clientId);
  if (known) return provider.Grant.find(known);
  const { accountId } = session;
  const grant = new provider.Grant({ clientId: client.clientId, accountId });
  grant.addOIDCScope("openid email profile");
  await grant.save();
  return grant;
}

function showSignIn(response) {
  response.setHeader("Content-Type", "text/html; charset=utf-8");
  response.end(
    page(
      "Sign in at Example",
      `<h1>Sign in at Example</h1><form method="post"><label>Your name <input name="name"></label>
       <button>Sign in</button> <button name="cancel">Cancel</button></form>`,
    ),
  );
}

function askToLeave(context, form) {
  context.body = page(
    "Sign out at Example",
    `<h1>Sign out at Example?</h1>${form}
     <button form="op.logoutForm" name="logout" value="yes">Sign out</button>`,
  );
}

/** A server, and the provider that `start` makes for it: the server trusts it. */
export async function startWithProvider(t, { env = {}, start }) {
  const server = await prepareServer({ env });
  const provider = await start(server);
  Object.assign(server.env, { ...provider.env, ...env });
  server.secrets.add(provider.secret);
  await launchServer(t, server);
  return { server, provider };
}

export const startWithRealProvider = (t, { env, ...options } = {}) =>
  startWithProvider(t, {
    env,
    start: ({ url }) => OpenIdProvider.start(t, { url, ...options }),
  });
