// `npm run dev`: builds, and serves the start page with the mock server on port 8090.
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildAll } from "../build.mjs";
import { MockServer } from "./mock-server.mjs";

const dist = await mkdtemp(join(tmpdir(), "gatehouse-web-"));
await buildAll(dist);
const server = await new MockServer({ dist }).listen(8090);
console.log(`${server.url}/ and ${server.url}/host`);
