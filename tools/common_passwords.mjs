// Writes the table of passwords that everybody tries first: node common_passwords.mjs WEB_FOLDER
// OUTPUT. The list is that of zxcvbn-ts, from the packages of WEB_FOLDER; the form is what
// identity::CommonPasswords reads: the first eight bytes of SHA-256 of each, sorted.
import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const ENTRY_BYTES = 8;
const LEAST_ENTRIES = 40_000; // fewer: the package is not what it was

const [webFolder, output] = process.argv.slice(2);
const require = createRequire(join(resolve(webFolder), "package.json"));
const list = await import(pathToFileURL(require.resolve("@zxcvbn-ts/language-common")).href);
const { dictionary } = list.dictionary ? list : list.default;
const passwords = new Set(dictionary["passwords-common"].map((word) => String(word).toLowerCase()));
if (passwords.size < LEAST_ENTRIES) {
  throw new Error(`${passwords.size} common passwords: at least ${LEAST_ENTRIES} were expected.`);
}
const entries = [...passwords]
  .map((word) => createHash("sha256").update(word).digest().subarray(0, ENTRY_BYTES))
  .sort(Buffer.compare);
await mkdir(dirname(output), { recursive: true });
await writeFile(output, Buffer.concat(entries));
