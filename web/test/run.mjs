// Bundles each unit test with esbuild (they import TypeScript) and runs them with node:test.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = mkdtempSync(join(tmpdir(), "gatehouse-unit-"));
const entryPoints = readdirSync(here)
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => join(here, name));
await build({ entryPoints, outdir: out, bundle: true, format: "esm", platform: "node",
              outExtension: { ".js": ".mjs" }, logLevel: "warning" });
const files = readdirSync(out).map((name) => join(out, name));
files.push(join(here, "build.test.mjs"));
const { status } = spawnSync(process.execPath, ["--test", ...files], { stdio: "inherit" });
rmSync(out, { recursive: true });
process.exit(status ?? 1);
