// Proof of work, from the side of who is asked for it.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";

/** Does the work as any ALTCHA client would. */
export function solve({ algorithm, challenge, maxnumber, salt, signature }) {
  assert.equal(algorithm, "SHA-256");
  for (let number = 0; number <= maxnumber; number += 1) {
    if (createHash("sha256").update(salt + number).digest("hex") !== challenge) continue;
    const solution = { algorithm, challenge, number, salt, signature };
    return Buffer.from(JSON.stringify(solution)).toString("base64");
  }
  return assert.fail("the challenge has no solution");
}
