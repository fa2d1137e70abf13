// What pages pay for the widget, and people for the account page.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { buildAll } from "../build.mjs";

test("the widget keeps its budget of 40 KB with brotli, the account page its 30", async (t) => {
  const out = await mkdtemp(join(tmpdir(), "gatehouse-size-"));
  t.after(() => rm(out, { recursive: true }));
  const sizes = await buildAll(out);
  assert.deepEqual(sizes.map(({ name, budget }) => [name, budget]),
                   [["widget", 40 * 1024], ["account page", 30 * 1024]]);
  for (const { name, bytes, budget } of sizes) {
    assert.ok(bytes > 0 && bytes <= budget, `${name}: ${bytes} bytes`);
  }
});
