// Folders of runs that were killed go; those that somebody may need stay.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { sweepFolders, temporaryFolder } from "./support/folders.mjs";

const OLD = new Date(Date.now() - 25 * 3_600_000);

test("folders older than a day go once their process is gone, and nothing else", () => {
  const parent = temporaryFolder();
  const gone = spawnSync(process.execPath, ["-e", ""]).pid;
  const add = (name, time) => {
    mkdirSync(join(parent, name, "data"), { recursive: true });
    writeFileSync(join(parent, name, "data", "gatehouse.db"), "");
    if (time) utimesSync(join(parent, name), time, time);
  };
  add(`gatehouse-e2e-${gone}-abcdEF`, OLD);
  add("gatehouse-e2e-abcdEF", OLD);
  const kept = [
    [`gatehouse-e2e-${gone}-ABCDef`],
    [`gatehouse-e2e-${process.pid}-abcdEF`, OLD],
    ["gatehouse-e2e-results-of-monday", OLD],
    ["somebody-elses", OLD],
  ];
  for (const each of kept) add(...each);
  sweepFolders(parent);
  assert.deepEqual(readdirSync(parent).sort(), kept.map(([name]) => name).sort());
});
