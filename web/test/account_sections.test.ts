import decodeQr from "qr/decode.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { curlLines, faultsOfKey, limitWords, readAmount, wantedKey } from "../account/program-key";
import { qrPicture } from "../account/qr";
import { inGroups, recoveryCodesLeft, recoveryFile } from "../account/recovery";

const PIXELS = 4;

/** Draws the path as a browser does, and reads it as a camera does. */
function scan({ size, path }: ReturnType<typeof qrPicture>): string {
  const side = size * PIXELS;
  const data = new Uint8Array(side * side * 4).fill(255);
  const runs = path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g);
  for (const [x = 0, y = 0, length = 0] of [...runs].map((run) => run.slice(1).map(Number))) {
    for (let row = y * PIXELS; row < (y + 1) * PIXELS; row += 1) {
      const begin = (row * side + x * PIXELS) * 4;
      for (let i = begin; i < begin + length * PIXELS * 4; i += 1) if (i % 4 < 3) data[i] = 0;
    }
  }
  return decodeQr({ width: side, height: side, data });
}

test("a camera reads from the picture what the server said", () => {
  const key = "JBSWY3DPEHPK3PXP".repeat(2);
  for (const name of ["anna", `${"long".repeat(12)}@example.org`, "лена"]) {
    const uri = `otpauth://totp/Gatehouse:${name}?secret=${key}&issuer=Gatehouse`;
    assert.equal(scan(qrPicture(uri)), uri);
  }
});

test("the picture has the quiet zone that cameras need", () => {
  const { size, path } = qrPicture("otpauth://totp/x");
  const runs = [...path.matchAll(/M(\d+) (\d+)h(\d+)/g)].map((run) => run.slice(1).map(Number));
  for (const [x = 0, y = 0, length = 0] of runs) {
    assert.ok(x >= 4 && y >= 4 && x + length <= size - 4 && y < size - 4);
  }
  assert.equal(Math.min(...runs.map(([x = 0]) => x)), 4);
});

test("a key in groups of four is the same key", () => {
  assert.equal(inGroups("ABCDEFGH"), "ABCD EFGH");
  assert.equal(inGroups("ABCDEFGHI"), "ABCD EFGH I");
  assert.equal(inGroups(""), "");
});

test("a file of recovery codes says whose they are, and has each on its own line", () => {
  const file = recoveryFile("anna", "chat.example.org", ["aaaa-bbbb", "cccc-dddd"]);
  assert.match(file, /^Recovery codes of anna on chat\.example\.org\n/);
  assert.match(file, /\naaaa-bbbb\ncccc-dddd\n$/);
});

test("recovery codes are counted in words", () => {
  assert.deepEqual([0, 1, 2].map(recoveryCodesLeft),
                   ["No recovery code is left.", "1 recovery code is left.",
                    "2 recovery codes are left."]);
});

test("amounts are read as people write them, and nothing is guessed", () => {
  for (const [text, amount] of [
    ["60", 60],
    [" 60 ", 60],
    ["200,000", 200_000],
    ["200.000", 200_000],
    ["1 200 000", 1_200_000],
    ["1’200’000", 1_200_000],
    ["", null],
    ["0", null],
    ["-1", null],
    ["1.5", null],
    ["12,34", null],
    ["many", null],
    ["1e3", null],
    ["9".repeat(16), null],
  ] as const) assert.equal(readAmount(text), amount, text);
});

test("a key is asked for with what was filled in, and with nothing else", () => {
  const empty = { days: "", requests_per_minute: " ", tokens_per_day: "",
                  money_per_day: "" };
  assert.deepEqual(wantedKey({ name: " the shop ", ai: "on", ...empty }),
                   { name: "the shop", scopes: "ai" });
  assert.deepEqual(wantedKey({ name: "x", metrics: "on", ai: "on", days: "30",
                               requests_per_minute: "60", tokens_per_day: "200,000",
                               money_per_day: "2,50" }),
                   { name: "x", scopes: "ai,metrics", days: 30, requests_per_minute: 60,
                     tokens_per_day: 200_000, money_per_day: "2.50" });
});

test("what is missing in the form of a key is named by its field", () => {
  assert.deepEqual(Object.keys(faultsOfKey({ name: " ", days: "soon", tokens_per_day: "" })),
                   ["name", "scopes", "days"]);
  assert.deepEqual(faultsOfKey({ name: "x", metrics: "on", days: "" }), {});
  for (const money_per_day of ["much", "0", "-1", "1.2.3", "0.0000001", "1,000,000"])
    assert.deepEqual(Object.keys(faultsOfKey({ name: "x", ai: "on", money_per_day })),
                     ["money_per_day"], money_per_day);
});

test("the limits of a key in words", () => {
  const key = { id: "k", name: "x", scopes: ["ai"], expiresMs: null, usedMs: null };
  const words = (requestsPerMinute: number, tokensPerDay: number, moneyPerDay = "0") =>
    limitWords({ ...key, requestsPerMinute, tokensPerDay, moneyPerDay }, "en");
  assert.equal(words(0, 0), "none of its own");
  assert.equal(words(60, 0), "60 requests a minute");
  assert.equal(words(0, 0, "1200.000001"), "1,200.000001 of money a day");
  assert.equal(words(1, 200_000), "1 request a minute, 200,000 tokens a day");
});

test("the lines to try a key ask what the key opens", () => {
  const ai = curlLines("https://chat.example.org", "gh_x", ["ai", "metrics"]);
  assert.match(ai, /^curl https:\/\/chat\.example\.org\/v1\/chat\/completions \\\n/);
  assert.match(ai, / -H 'Authorization: Bearer gh_x' \\\n/);
  const [, body = ""] = / -d '(.*)'$/.exec(ai) ?? [];
  assert.equal(JSON.parse(body).model, "default");
  assert.equal(curlLines("https://x", "gh_x", ["metrics"]),
               "curl https://x/metrics \\\n  -H 'Authorization: Bearer gh_x'");
});
