// Proofs of work as the server asks for them: ALTCHA's form, signed, single use, with an end.
import { createHash, createHmac, randomBytes, randomInt } from "node:crypto";

const KEY = randomBytes(32);
const MAX_NUMBER = 20_000;
const LIFE_S = 120;

const hashOf = (text) => createHash("sha256").update(text).digest("hex");
const signatureOf = (challenge) => createHmac("sha256", KEY).update(challenge).digest("hex");

export function newChallenge(maxnumber = MAX_NUMBER) {
  const expires = Math.floor(Date.now() / 1000) + LIFE_S;
  const salt = `${randomBytes(12).toString("hex")}?expires=${expires}&`;
  const challenge = hashOf(salt + randomInt(maxnumber));
  return { algorithm: "SHA-256", challenge, maxnumber, salt, signature: signatureOf(challenge) };
}

export class Proofs {
  #used = new Set();

  isGood(header) {
    if (!header || this.#used.has(header)) return false;
    this.#used.add(header);
    const proof = JSON.parse(Buffer.from(header, "base64").toString());
    const { algorithm, challenge, number, salt, signature } = proof;
    const expires = Number(new URLSearchParams(salt.split("?")[1]).get("expires"));
    return Object.keys(proof).length === 5 && algorithm === "SHA-256" &&
      signature === signatureOf(challenge) && hashOf(salt + number) === challenge &&
      expires * 1000 > Date.now();
  }
}
