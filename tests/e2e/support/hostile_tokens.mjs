// ID tokens that have one thing wrong. Each row makes the token of what would have been right.
import { encode, makeKey, publicJwk, signToken } from "./openid_tokens.mjs";

const HOUR_S = 3600;
const OTHER = "another-client";

/** Signed as it should be, with other claims; one that is `undefined` is left out. */
const claiming = (change) => ({
  token: ({ header, claims, provider }) =>
    signToken(header, { ...claims, ...change(claims) }, provider.key.privateKey),
});

/** The right claims under another header or another key. */
const signed = (change) => ({
  token: ({ header, claims, provider }) => {
    const { key = provider.key.privateKey, ...rest } = change(provider);
    return signToken({ ...header, ...rest }, claims, key);
  },
});

/** The claims as this text, since a program that writes JSON writes no member twice. */
const written = (write) => ({
  token: ({ header, claims, provider }) =>
    signToken(header, write(JSON.stringify(claims)), provider.key.privateKey),
});

const pemOf = ({ publicKey }) => publicKey.export({ type: "spki", format: "pem" });
const strangerKey = makeKey("RS256");

export const FAULTS_OF_TOKENS = {
  "an audience that is another client": claiming(() => ({ aud: OTHER })),
  "no audience": claiming(() => ({ aud: undefined })),
  "an audience that only begins like us": claiming(({ aud }) => ({ aud: `${aud}-2` })),
  "two audiences and the party of another": claiming(({ aud }) => ({
    aud: [aud, OTHER],
    azp: OTHER,
  })),
  "two audiences and no party": claiming(({ aud }) => ({ aud: [aud, OTHER] })),
  "an authorized party that is another client": claiming(() => ({ azp: OTHER })),
  "another nonce": claiming(() => ({ nonce: "n".repeat(43) })),
  "no nonce": claiming(() => ({ nonce: undefined })),
  "another issuer": claiming(() => ({ iss: "https://accounts.example.net" })),
  "the issuer with a slash": claiming(({ iss }) => ({ iss: `${iss}/` })),
  "no subject": claiming(() => ({ sub: undefined })),
  "an empty subject": claiming(() => ({ sub: "" })),
  "a subject that is a number": claiming(() => ({ sub: 7 })),
  "a time that is over": claiming(({ iat }) => ({ iat: iat - HOUR_S, exp: iat - HOUR_S / 2 })),
  "no end": claiming(() => ({ exp: undefined })),
  "an end that is a text": claiming(({ exp }) => ({ exp: String(exp) })),
  "a time that has not come": claiming(({ iat }) => ({
    iat: iat + HOUR_S,
    exp: iat + 2 * HOUR_S,
  })),
  "no time of issue": claiming(() => ({ iat: undefined })),
  "the hash of another access token": claiming(() => ({ at_hash: encode("another token!!!") })),
  "no address, and the userinfo of another": {
    ...claiming(() => ({ email: undefined, email_verified: undefined })),
    userinfo: { sub: "person-victim", email: "victim@example.org", email_verified: true },
  },
  "a claim that stands there twice": written((text) =>
    text.replace("{", '{"email":"victim@example.org",'),
  ),
  "claims that are not JSON": written((text) => text.slice(0, -1)),
  "no signature, and says so": signed(() => ({ alg: "none", kid: undefined, key: null })),
  "no signature, and says otherwise": signed(() => ({ key: null })),
  "the public key as a shared secret": signed((provider) => ({
    alg: "HS256",
    key: pemOf(provider.key),
  })),
  "the client's secret as a key": signed(({ secret }) => ({ alg: "HS256", key: secret })),
  "a key that is not the one it names": signed(({ otherKey }) => ({ key: otherKey.privateKey })),
  "a key that nobody published": signed(() => ({
    kid: strangerKey.kid,
    key: strangerKey.privateKey,
  })),
  "a key that it brings along": signed(() => ({
    kid: undefined,
    jwk: publicJwk(strangerKey),
    key: strangerKey.privateKey,
  })),
  "an algorithm that its key is not for": signed(() => ({ alg: "ES256" })),
  "an extension that must be understood": signed(() => ({ crit: ["exp-only"] })),
  "more claims than anybody has": claiming(() => ({ padding: "x".repeat(20_000) })),
  "something else than a token": { token: () => "not.a-token" },
};
