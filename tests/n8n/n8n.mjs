// A real n8n: on loopback, with a folder, a port and credentials of its own.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../e2e/support/server.mjs";
import { temporaryFolder } from "../e2e/support/folders.mjs";
import { deferred, within } from "../e2e/support/waiting.mjs";

const PROGRAM = join(process.env.N8N_FOLDER ?? "", "node_modules/n8n/bin/n8n");
const START_PATIENCE_MS = 240_000;

export class N8n {
  log = "";

  /** With the credentials and workflows that are imported; the inactive ones stay so. */
  static async start(t, { credentials, active, inactive }) {
    const n8n = new N8n();
    n8n.home = temporaryFolder();
    n8n.port = await freePort();
    n8n.url = `http://127.0.0.1:${n8n.port}`;
    t.after(() => n8n.stop());
    await n8n.#command("import:credentials", `--input=${n8n.#file("credentials", credentials)}`);
    await n8n.#command("import:workflow", `--input=${n8n.#file("active", active)}`);
    await n8n.#command("update:workflow", "--all", "--active=true");
    await n8n.#command("import:workflow", `--input=${n8n.#file("inactive", inactive)}`);
    await n8n.#serve();
    return n8n;
  }

  #file(name, content) {
    const path = join(this.home, `${name}.json`);
    writeFileSync(path, JSON.stringify(content));
    return path;
  }

  get #env() {
    return {
      PATH: process.env.PATH,
      HOME: this.home,
      N8N_USER_FOLDER: this.home,
      N8N_PORT: String(this.port),
      N8N_LISTEN_ADDRESS: "127.0.0.1",
      DB_TYPE: "sqlite",
      // The default engine needs a module that Debian's Node can't build.
      N8N_EXPRESSION_ENGINE: "legacy",
      N8N_RUNNERS_ENABLED: "false",
      N8N_ENCRYPTION_KEY: "for-this-test-alone",
      N8N_DIAGNOSTICS_ENABLED: "false",
      N8N_VERSION_NOTIFICATIONS_ENABLED: "false",
      N8N_TEMPLATES_ENABLED: "false",
      N8N_ENFORCE_SETTINGS_FILE_PERMISSIONS: "true",
      NO_COLOR: "1",
    };
  }

  #spawn(args) {
    const child = spawn("node", [PROGRAM, ...args], { cwd: this.home, env: this.#env });
    const closed = deferred();
    const take = (piece) => {
      this.log += piece;
      this.onOutput?.();
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.on("error", (error) => closed.reject(error));
    child.on("close", (code) => closed.resolve(code));
    return { child, closed: closed.promise };
  }

  async #command(...args) {
    const { child, closed } = this.#spawn(args);
    const code = await within(closed, `n8n ${args[0]}`, START_PATIENCE_MS).finally(() =>
      child.kill("SIGKILL"),
    );
    assert.equal(code, 0, this.log.slice(-4000));
  }

  /** Its health is good before its webhooks are, so what it says is waited for. */
  async #serve() {
    const ready = deferred();
    this.onOutput = () => this.log.includes("Editor is now accessible") && ready.resolve();
    this.server = this.#spawn(["start"]);
    const { closed } = this.server;
    const ended = closed.then(() => assert.fail(`n8n ended:\n${this.log.slice(-4000)}`));
    ended.catch(() => {});
    await within(Promise.race([ready.promise, ended]), "n8n to start", START_PATIENCE_MS);
  }

  async stop() {
    if (!this.server) return;
    this.server.child.kill("SIGTERM");
    await within(this.server.closed, "n8n to stop", 20_000).catch(() => {
      this.server.child.kill("SIGKILL");
    });
  }
}
