import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { afterEach, beforeEach, test } from "node:test";
import { newChallenge, Proofs } from "../dev/mock-challenge.mjs";
import { decodeChallenge, encodeProof } from "../shared/challenge";
import { Problem } from "../shared/problem";
import { explain } from "../widget/explain";
import { Prover } from "../shared/prover";
import { makeHash, makeSearch } from "../shared/search";
import { Session } from "../widget/session";
import { solve } from "../shared/solve";
import { Storage } from "../shared/storage";
import { english } from "../widget/strings";

const hash = (text: string) => createHash("sha256").update(text).digest("hex");
const nothing = () => undefined;

interface Seen {
  readonly url: string;
  readonly proof: string | null;
  readonly body: unknown;
}

/** A server that wants proofs; after `patience` good ones it is never convinced again. */
class FakeServer {
  readonly seen: Seen[] = [];
  private readonly proofs = new Proofs();
  challenge: object = newChallenge(3_000);

  constructor(private readonly isConvinced = true) {}

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const proof = new Headers(init.headers).get("x-gatehouse-challenge");
    this.seen.push({ url, proof, body: init.body });
    if (this.isConvinced && proof !== null && this.proofs.isGood(proof)) {
      return Response.json({ token: "t", expires_at: "2999-01-01T00:00:00Z" });
    }
    const problem = { status: 403, code: "challenge_required", detail: "Solve it.",
                      challenge: this.challenge };
    return Response.json(problem, { status: 403 });
  };
}

const realFetch = globalThis.fetch;
let server: FakeServer;

function use(fake: FakeServer): FakeServer {
  globalThis.fetch = fake.fetch as typeof fetch;
  return (server = fake);
}

beforeEach(() => use(new FakeServer()));
afterEach(() => {
  globalThis.fetch = realFetch;
});

test("the search hashes as SHA-256 does, for texts of every length around a block's end", () => {
  for (let length = 0; length < 140; length += 1) {
    const salt = "s".repeat(length);
    const search = makeSearch(makeHash(), salt, hash(`${salt}7`));
    assert.equal(search(0, 7), -1, String(length));
    assert.equal(search(0, 8), 7, String(length));
  }
});

test("the largest number is found, a number beyond it is not", async () => {
  const salt = "abc?expires=1&";
  const puzzle = { salt, challenge: hash(`${salt}5000`), maxNumber: 5_000 };
  const shares: number[] = [];
  assert.equal(await solve(puzzle, (share) => shares.push(share)), 5_000);
  assert.equal(await solve({ ...puzzle, maxNumber: 4_999 }, nothing), null);
  assert.ok(shares.every((share, index) => share >= (shares[index - 1] ?? 0) && share <= 1));
});

test("an aborted search ends without an answer", async () => {
  const puzzle = { salt: "x", challenge: hash("none"), maxNumber: 5_000_000 };
  assert.equal(await solve(puzzle, nothing, AbortSignal.timeout(30)), null);
});

test("a challenge is solved, and the same request goes out once more with the proof", async () => {
  const told: (number | null)[] = [];
  const prover = new Prover((share) => told.push(share));
  const body = '{"message":"hi"}';
  const response = await prover.send("https://c.example/chat", { method: "POST", body });
  assert.equal(response.status, 200);
  assert.deepEqual(server.seen.map((seen) => [seen.url, seen.body]),
                   Array(2).fill(["https://c.example/chat", body]));
  assert.equal(server.seen[0]?.proof, null);
  assert.equal(told[0], 0);
  assert.equal(told.at(-1), null);
});

test("a proof that is refused is not made a second time", async () => {
  use(new FakeServer(false));
  const prover = new Prover(nothing);
  await assert.rejects(prover.send("https://c.example/chat", {}), (error: unknown) =>
    error instanceof Problem && error.isUnproved() &&
    explain(error, english) === english.errorChallenge);
  assert.equal(server.seen.length, 2);
});

test("a challenge without a solution, or that can't be read, is refused at once", async () => {
  const unsolvable = [{ ...newChallenge(100), challenge: hash("nothing") },
                      { ...newChallenge(), algorithm: "SHA-1" }, {}];
  for (const challenge of unsolvable) {
    use(new FakeServer()).challenge = challenge;
    await assert.rejects(new Prover(nothing).send("https://c.example/chat", {}), Problem);
    assert.equal(server.seen.length, 1);
  }
});

test("a session that needs a proof begins after it", async () => {
  const storage = new Storage("", () => null);
  const session = new Session("https://c.example", new Prover(nothing), storage);
  assert.deepEqual(await Promise.all([session.token(), session.token()]), ["t", "t"]);
  assert.equal(server.seen.length, 2);
});

test("a challenge is bounded: no work without end, no salt that isn't text", () => {
  const good = newChallenge();
  assert.ok(decodeChallenge({ challenge: good }));
  for (const bad of [{ maxnumber: 1e9 }, { maxnumber: -1 }, { maxnumber: 0.5 }, { salt: "é" },
                     { salt: "" }, { salt: "x".repeat(513) }, { challenge: "00" },
                     { signature: 5 }]) {
    assert.equal(decodeChallenge({ challenge: { ...good, ...bad } }), null, JSON.stringify(bad));
  }
  assert.equal(decodeChallenge({}), null);
});

test("the proof has ALTCHA's five members", () => {
  const challenge = decodeChallenge({ challenge: newChallenge() });
  assert.ok(challenge);
  const proof = JSON.parse(atob(encodeProof(challenge, 12)));
  assert.deepEqual(Object.keys(proof).sort(),
                   ["algorithm", "challenge", "number", "salt", "signature"]);
  assert.equal(proof.number, 12);
});
