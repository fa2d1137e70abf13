// Builds what the server embeds: `node build.mjs --out DIR`.
// The widget has a size budget, because every page that carries it pays for it; so has the account
// page, because people sign in from phones.
import { build, transform } from "esbuild";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { brotliCompressSync } from "node:zlib";

export const WIDGET_BUDGET_BYTES = 40 * 1024;
export const ACCOUNT_BUDGET_BYTES = 30 * 1024;
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

function bundleStyles(entry, outfile) {
  return build({ entryPoints: [join(here, entry)], outfile, bundle: true, minify: true,
                 target: TARGET, logLevel: "warning" });
}

/** Licences of what is bundled ask for their notice to travel with the copy. */
async function prependNotices(file, notice) {
  await writeFile(file, `/*! ${notice} */\n${await readFile(file, "utf8")}`);
}

async function brotliBytes(...files) {
  const sizes = files.map(async (file) => brotliCompressSync(await readFile(file)).length);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** What has a budget, with its size in bytes. */
export async function buildAll(out) {
  const to = (name) => join(out, name);
  await mkdir(out, { recursive: true });
  await bundle("widget/main.ts", to("widget.js"));
  await prependNotices(to("widget.js"),
                       "Gatehouse widget. Contains Preact (MIT) and marked (MIT).");
  await bundle("start/start.ts", to("start.js"));
  await bundleStyles("start/start.css", to("start.css"));
  await copyFile(join(here, "start/index.html"), to("index.html"));
  await copyFile(join(here, "start/favicon.svg"), to("favicon.svg"));
  await bundle("account/main.ts", to("account.js"));
  await prependNotices(to("account.js"),
                       "Gatehouse account page. Contains Preact (MIT) and uqr (MIT).");
  await bundleStyles("account/account.css", to("account.css"));
  await copyFile(join(here, "account/index.html"), to("account.html"));
  return [
    { name: "widget", bytes: await brotliBytes(to("widget.js")), budget: WIDGET_BUDGET_BYTES },
    { name: "account page", bytes: await brotliBytes(to("account.js"), to("account.css")),
      budget: ACCOUNT_BUDGET_BYTES },
  ];
}

async function main() {
  const { values } = parseArgs({ options: { out: { type: "string" } } });
  if (!values.out) {
    console.error("usage: node build.mjs --out DIR");
    process.exit(2);
  }
  for (const { name, bytes, budget } of await buildAll(resolve(values.out))) {
    const share = ((bytes / budget) * 100).toFixed(0);
    console.log(`${name}: ${bytes} bytes with brotli, ${share} % of its budget`);
    if (bytes > budget) process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
