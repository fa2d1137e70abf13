// Debian's Chromium under playwright-core, and a mock server with a fresh build.
import assert from "node:assert/strict";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { buildAll } from "../build.mjs";
import { MockServer } from "../dev/mock-server.mjs";

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function launchBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: ARGUMENTS,
  });
}

let dist = null;

export async function startMock(options = {}) {
  if (!dist) {
    dist = await mkdtemp(join(tmpdir(), "gatehouse-web-"));
    await buildAll(dist);
  }
  return new MockServer({ dist, ...options }).listen();
}

/** Lends a mock to a test, and checks what the widget sent it. */
export async function withMock(use) {
  const server = await startMock();
  try {
    await use(server);
    assert.deepEqual(server.violations, []);
  } finally {
    await server.close();
  }
}
