// The real binary: started on a free port with a folder of its own, watched, and stopped.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { createServer } from "node:net";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "./folders.mjs";
import { Arrivals, deferred, eventually, within } from "./waiting.mjs";

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
export const BINARY = resolve(
  process.env.GATEHOUSE_BINARY ?? join(ROOT, "build/release/gatehouse"),
);
const START_PATIENCE_MS = 15_000;

/** Limits that no ordinary test meets. Those of sessions, health and files have no setting. */
const ROOMY = {
  RATE_LIMIT_PER_MINUTE: "1000000",
  RATE_LIMIT_PER_HOUR: "1000000",
  RATE_LIMIT_REQUESTS: "1000000",
};

/** Below the ephemeral ports, so that no outgoing connection takes it in between. */
export async function freePort() {
  while (true) {
    const port = 12_000 + Math.floor(Math.random() * 20_000);
    const isFree = await new Promise((tell) => {
      const probe = createServer().once("error", () => tell(false));
      probe.listen(port, "127.0.0.1", () => probe.close(() => tell(true)));
    });
    if (isFree) return port;
  }
}

/** Runs a command of the binary to its end. */
export function runBinary(args, { env = {}, cwd, input, patienceMs = START_PATIENCE_MS } = {}) {
  const home = cwd ?? temporaryFolder();
  const child = spawn(BINARY, args, { cwd: home, env: { PATH: process.env.PATH, ...env } });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (piece) => (stdout += piece));
  child.stderr.on("data", (piece) => (stderr += piece));
  child.stdin.on("error", () => {});
  child.stdin.end(input ?? "");
  const ended = new Promise((tell) => {
    child.on("close", (code, signal) => {
      if (!cwd) rmSync(home, { recursive: true, force: true });
      tell({ code, signal, stdout, stderr, output: stdout + stderr });
    });
  });
  return within(ended, `gatehouse ${args.join(" ")} to end`, patienceMs).finally(() =>
    child.kill("SIGKILL"),
  );
}

export class Server {
  log = new Arrivals();
  /** What no log line may ever hold. */
  secrets = new Set();
  stdout = "";
  stderr = "";
  exit = null;
  #child = null;
  #exited = deferred();
  #addresses = 0;
  #rest = "";

  constructor({ home, port, env, args, isSecure, binary = BINARY }) {
    Object.assign(this, { home, port, env, args, isSecure, binary });
    this.scheme = isSecure ? "https" : "http";
    this.url = `${this.scheme}://127.0.0.1:${port}`;
    this.host = `127.0.0.1:${port}`;
    this.dataDir = env.GATEHOUSE_DATA_DIR;
  }

  launch() {
    this.exit = null;
    this.wasKilled = false;
    this.#exited = deferred();
    const env = { PATH: process.env.PATH, ...this.env };
    const stdio = ["ignore", "pipe", "pipe"];
    this.#child = spawn(this.binary, ["serve", ...this.args], { cwd: this.home, env, stdio });
    this.#child.stdout.on("data", (piece) => this.#takeOutput(piece.toString()));
    this.#child.stderr.on("data", (piece) => (this.stderr += piece));
    this.#child.on("error", (error) => this.#exited.reject(error));
    this.#child.on("close", (code, signal) => {
      this.exit = { code, signal };
      this.#exited.resolve(this.exit);
    });
  }

  #takeOutput(text) {
    this.stdout += text;
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop();
    for (const line of lines) {
      if (line === "") continue;
      let entry = null;
      try {
        entry = JSON.parse(line);
      } catch {
        entry = { unreadable: line };
      }
      this.log.add(entry);
    }
  }

  get pid() {
    return this.#child.pid;
  }

  async untilReady() {
    const answers = () =>
      new Promise((tell) => {
        const { get } = this.isSecure ? https : http;
        const options = {
          host: "127.0.0.1",
          port: this.port,
          path: "/readyz",
          agent: false,
          localAddress: this.nextAddress(),
          rejectUnauthorized: false,
        };
        get(options, (response) => {
          response.resume();
          tell(response.statusCode === 200);
        }).on("error", () => tell(false));
      });
    await eventually(
      async () => {
        if (this.exit)
          throw new Error(`the server ended: ${JSON.stringify(this.exit)}\n${this.told()}`);
        return answers();
      },
      "the server to answer",
      START_PATIENCE_MS,
    );
    return this;
  }

  /** An address of this machine that has used none of its limits. */
  nextAddress() {
    this.#addresses += 1;
    return `127.${20 + (this.#addresses >> 8)}.${this.#addresses & 255}.7`;
  }

  signal(name) {
    this.#child.kill(name);
  }

  exited(patienceMs) {
    return within(this.#exited.promise, "the server to end", patienceMs);
  }

  logged(event, fits = () => true) {
    const is = (entry) => entry.event === event && fits(entry);
    return this.log.first(is, `the log event ${event}`).catch((error) => {
      throw new Error(`${error.message}; the log has:\n${this.told()}`);
    });
  }

  told() {
    return (this.stdout + this.stderr).slice(-4000);
  }

  /** Ends it as an operator does, and checks what must always hold. */
  async stop({ patienceMs = 10_000 } = {}) {
    if (!this.exit) this.signal("SIGTERM");
    const exit = await this.exited(patienceMs).catch((error) => {
      this.kill();
      throw error;
    });
    assert.deepEqual(exit, { code: 0, signal: null }, `the server must end well:\n${this.told()}`);
    this.checkLog();
  }

  /** It may have ended before, but only by a test's hand. */
  checkEnd() {
    if (!this.wasKilled) {
      assert.deepEqual(this.exit, { code: 0, signal: null }, `the server crashed:\n${this.told()}`);
    }
    this.checkLog();
  }

  async kill() {
    this.wasKilled = true;
    if (!this.exit) this.signal("SIGKILL");
    await this.exited();
  }

  async restart() {
    await this.stop();
    this.launch();
    return this.untilReady();
  }

  async relaunch() {
    this.launch();
    return this.untilReady();
  }

  checkLog() {
    assert.doesNotMatch(this.stderr, /terminate called|Sanitizer|runtime error|assert|exception/i);
    for (const entry of this.log.items) {
      assert.equal(entry.unreadable, undefined, "every line of the log is a JSON object");
      for (const name of ["time", "level", "event", "message"]) {
        assert.equal(typeof entry[name], "string", `${name} in ${JSON.stringify(entry)}`);
      }
      assert.notEqual(entry.event, "TASK_FAILED", JSON.stringify(entry));
    }
    for (const secret of this.secrets) {
      assert.ok(!this.stdout.includes(secret), "a secret stands in the log");
    }
  }
}

/** Makes a server without starting it. `limits: true` leaves the limits as they ship. */
export async function prepareServer(options = {}) {
  const { env = {}, args = [], toml, limits = false, binary } = options;
  const home = temporaryFolder();
  const free = await freePort();
  if (toml !== undefined) writeFileSync(join(home, "gatehouse.toml"), toml);
  const all = {
    GATEHOUSE_LISTEN: `127.0.0.1:${free}`,
    GATEHOUSE_DATA_DIR: join(home, "data"),
    GATEHOUSE_WORKERS: "2",
    GATEHOUSE_DRAIN_TIMEOUT_MS: "2000",
    ...(limits ? {} : ROOMY),
    ...env,
  };
  for (const [name, value] of Object.entries(all)) if (value === null) delete all[name];
  const address = flagged(args, "--listen") ?? all.GATEHOUSE_LISTEN ?? `:${all.FLASK_PORT}`;
  const port = Number(address.slice(address.lastIndexOf(":") + 1));
  const isSecure = all.TLS_ENABLED === "true";
  return new Server({ home, port, env: all, args, isSecure, binary });
}

/** Of a server's store, as it is on the disk. */
export function rows({ dataDir }, sql) {
  const file = join(dataDir, "gatehouse.db");
  const json = execFileSync("sqlite3", ["-readonly", "-json", file, sql]).toString();
  return JSON.parse(json || "[]");
}

function flagged(args, flag) {
  return args.includes(flag) ? args[args.indexOf(flag) + 1] : undefined;
}

/** Starts a server that the test `t` (or the file, by `untilFileEnds`) stops. */
export async function startServer(t, options) {
  return launchServer(t, await prepareServer(options));
}

export function launchServer(t, server) {
  t.after(async () => {
    try {
      if (server.exit) server.checkEnd();
      else await server.stop();
    } finally {
      rmSync(server.home, { recursive: true, force: true });
    }
  });
  server.launch();
  return server.untilReady();
}
