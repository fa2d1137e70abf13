// What pages pay for the widget.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { buildAll, WIDGET_BUDGET_BYTES } from "../build.mjs";

test("the widget keeps its budget of 40 KB with brotli", async (t) => {
  const out = await mkdtemp(join(tmpdir(), "gatehouse-size-"));
  t.after(() => rm(out, { recursive: true }));
  const bytes = await buildAll(out);
  assert.equal(WIDGET_BUDGET_BYTES, 40 * 1024);
  assert.ok(bytes > 0 && bytes <= WIDGET_BUDGET_BYTES, `${bytes} bytes`);
});
