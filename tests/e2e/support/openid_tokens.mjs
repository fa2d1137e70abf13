// Keys and tokens of providers, and what a server has to be told of one.
import { createHmac, generateKeyPairSync, sign } from "node:crypto";

export const CLIENT_ID = "gatehouse-at-test";
const KEY_TYPES = {
  RS256: ["rsa", { modulusLength: 2048 }],
  ES256: ["ec", { namedCurve: "P-256" }],
  EdDSA: ["ed25519", {}],
};

let keysMade = 0;
/** A key pair for that algorithm: `privateKey` and `publicKey` of Node, and its `kid`. */
export function makeKey(alg) {
  keysMade += 1;
  return { alg, kid: `key-${keysMade}`, ...generateKeyPairSync(...KEY_TYPES[alg]) };
}

export const publicJwk = ({ alg, kid, publicKey }) => ({
  ...publicKey.export({ format: "jwk" }),
  alg,
  kid,
  use: "sig",
});

/** What a server needs to know to trust that provider. */
export const settingsOf = ({ issuer, clientId, secret, name = "Example" }) => ({
  GATEHOUSE_OPENID_ISSUER: issuer,
  GATEHOUSE_OPENID_CLIENT_ID: clientId,
  GATEHOUSE_OPENID_CLIENT_SECRET: secret,
  GATEHOUSE_OPENID_NAME: name,
});

export const encode = (value) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/** With a key of Node, with a secret (a text) as HS256, or with nothing. */
export function signToken(header, claims, key) {
  const input = `${encode(header)}.${encode(claims)}`;
  const signature = () => {
    if (key === null) return "";
    if (typeof key === "string") return createHmac("sha256", key).update(input).digest("base64url");
    return sign("sha256", Buffer.from(input), key).toString("base64url");
  };
  return `${input}.${signature()}`;
}
