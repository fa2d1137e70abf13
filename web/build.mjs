// Builds what the server embeds: `node build.mjs --out DIR`.
// The widget has a size budget, because every page that carries it pays for it.
import { build, transform } from "esbuild";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { brotliCompressSync } from "node:zlib";

export const WIDGET_BUDGET_BYTES = 40 * 1024;
const TARGET = ["chrome123", "firefox120", "safari17.5"];
const here = dirname(fileURLToPath(import.meta.url));

/** Imports of .css give the minified text, which goes into a constructable style sheet. */
export const cssAsText = {
  name: "css-as-text",
  setup(esbuild) {
    esbuild.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const { code } = await transform(source, { loader: "css", minify: true, target: TARGET });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

function bundle(entry, outfile) {
  return build({
    entryPoints: [join(here, entry)],
    outfile,
    bundle: true,
    format: "iife",
    minify: true,
    target: TARGET,
    legalComments: "none",
    jsx: "automatic",
    jsxImportSource: "preact",
    plugins: [cssAsText],
    logLevel: "warning",
  });
}

async function minifyStyles(from, to) {
  const source = await readFile(join(here, from), "utf8");
  const { code } = await transform(source, { loader: "css", minify: true, target: TARGET });
  await writeFile(to, code);
}

/** Licences of what is bundled ask for their notice to travel with the copy. */
async function prependNotices(file) {
  const notice =
    "/*! Gatehouse widget. Contains Preact (MIT) and marked (MIT). */\n";
  await writeFile(file, notice + (await readFile(file, "utf8")));
}

async function brotliBytes(file) {
  return brotliCompressSync(await readFile(file)).length;
}

export async function buildAll(out) {
  await mkdir(out, { recursive: true });
  await bundle("widget/main.ts", join(out, "widget.js"));
  await prependNotices(join(out, "widget.js"));
  await bundle("start/start.ts", join(out, "start.js"));
  await minifyStyles("start/start.css", join(out, "start.css"));
  await copyFile(join(here, "start/index.html"), join(out, "index.html"));
  await copyFile(join(here, "start/favicon.svg"), join(out, "favicon.svg"));
  return brotliBytes(join(out, "widget.js"));
}

async function main() {
  const { values } = parseArgs({ options: { out: { type: "string" } } });
  if (!values.out) {
    console.error("usage: node build.mjs --out DIR");
    process.exit(2);
  }
  const bytes = await buildAll(resolve(values.out));
  const share = ((bytes / WIDGET_BUDGET_BYTES) * 100).toFixed(0);
  console.log(`widget.js: ${bytes} bytes with brotli, ${share} % of its budget`);
  if (bytes > WIDGET_BUDGET_BYTES) {
    console.error(`widget.js is over its budget of ${WIDGET_BUDGET_BYTES} bytes`);
    process.exit(1);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
