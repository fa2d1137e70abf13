// Where secrets come from: files, folders, Vault, programs; and that they go nowhere else.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { send } from "./support/client.mjs";
import { temporaryFolder } from "./support/folders.mjs";
import { runBinary, startServer } from "./support/server.mjs";
import { UPSTREAM_KEY, Upstream } from "./support/upstream.mjs";
import { Vault } from "./support/vault.mjs";

const SESSION = ["kx7Qz", "Wm2Vt", "Rb9Ya", "Nc4Ld", "Hf6Js", "Gp3Te", "Xu8"].join("-");
const METRICS = ["mT5Kq", "Zr8Wn", "Yb2Xd", "Lf7Vc", "Hs4Pj", "Ga9Ue", "Oi3"].join("-");
const API = ["aP6Kw", "Qe3Zn", "Tb8Yd", "Rf2Vc"].join("-");
const CANARY = ["cN4Ry", "Dq7Xz", "Wb2Lm"].join("-");

async function checked(env, { home = temporaryFolder(), toml } = {}) {
  if (toml !== undefined) writeFileSync(join(home, "gatehouse.toml"), toml);
  const result = await runBinary(["check"], { cwd: home, env });
  rmSync(home, { recursive: true, force: true });
  return result;
}

function metricsOf(server, token) {
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  return send(server, { path: "/metrics", headers });
}

test("C15 a secret comes from Vault, and check names its place but not the secret", async (t) => {
  const vault = await Vault.start(t, { namespace: "team" });
  vault.put("gatehouse", { session: "an older version", metrics: METRICS });
  vault.put("gatehouse", { session: SESSION, metrics: METRICS });
  const upstream = await Upstream.start(t);
  vault.put("models/live", { key: UPSTREAM_KEY });
  const server = await startServer(t, {
    toml: '[session]\nsecret = "vault:secret/gatehouse#session"\n',
    env: {
      ...upstream.env,
      ...vault.env,
      GATEHOUSE_METRICS_TOKEN: "vault:secret/gatehouse#metrics",
      OPENAI_API_KEY: "vault:secret/models/live#key",
    },
  });
  assert.equal((await metricsOf(server, METRICS)).status, 200);
  assert.equal((await metricsOf(server, `${METRICS}x`)).status, 401);
  const body = { model: "m", messages: [{ role: "user", content: "hello" }] };
  const answer = await send(server, { method: "POST", path: "/v1/chat/completions", body });
  assert.equal(answer.status, 200, "the backend takes the key");
  const { code, output } = await runBinary(["check"], { cwd: server.home, env: server.env });
  assert.equal(code, 0, output);
  assert.match(output, /session\.secret .*toml:2, vault secret\/data\/gatehouse#session/);
  assert.match(output, /openai\.api_key .*OPENAI_API_KEY, vault secret\/data\/models\/live#key/);
  for (const secret of [SESSION, METRICS, UPSTREAM_KEY, vault.token])
    assert.ok(!output.includes(secret));
});

test("C15 a secret comes from a program, which sees no other secret", async () => {
  const home = temporaryFolder();
  const program = join(home, "print-secret");
  const script = `#!/bin/sh\nenv > "${home}/seen"\nprintf '%s\\n' "$2-$1"\n`;
  writeFileSync(program, script, { mode: 0o700 });
  const env = {
    SESSION_SECRET: `exec:${program} "${SESSION.slice(0, 20)} x" ${SESSION.slice(20)}`,
    OPENAI_API_KEY: UPSTREAM_KEY,
    OPENAI_BASE_URL: "http://127.0.0.1:1/v1",
    VAULT_TOKEN: "hvs.test-not-for-programs",
  };
  const { code, output } = await runBinary(["check"], { cwd: home, env });
  assert.equal(code, 0, output);
  assert.match(output, new RegExp(`session\\.secret .*exec ${program}\\n`), "without arguments");
  const seen = readFileSync(join(home, "seen"), "utf8");
  assert.match(seen, /^OPENAI_BASE_URL=/m);
  assert.doesNotMatch(seen, /SESSION_SECRET|OPENAI_API_KEY|VAULT_TOKEN|hvs\./);
  rmSync(home, { recursive: true });
});

test("C15 a folder of files, and systemd's, hold a secret each", async () => {
  for (const name of ["GATEHOUSE_SECRETS_DIR", "CREDENTIALS_DIRECTORY"]) {
    const home = temporaryFolder();
    mkdirSync(join(home, "secrets"));
    writeFileSync(join(home, "secrets", "SESSION_SECRET"), `${SESSION}\n`);
    writeFileSync(join(home, "secrets", "metrics_token"), METRICS);
    const env = { [name]: join(home, "secrets"), GATEHOUSE_ENV: "production" };
    const good = await runBinary(["check"], { cwd: home, env });
    assert.equal(good.code, 0, good.output);
    assert.match(good.output, /session\.secret .*secrets\/SESSION_SECRET/);
    const both = await checked({ ...env, SESSION_SECRET: METRICS }, { home });
    assert.equal(both.code, 1);
    assert.match(both.output, /SESSION_SECRET and .*\/SESSION_SECRET are both set and disagree/);
  }
});

test("what is wrong with a source stops the start, named with the next step", async (t) => {
  const vault = await Vault.start(t);
  vault.put("gatehouse", { session: SESSION, empty: "" });
  vault.put("gone", { session: SESSION });
  vault.put("gone", null);
  const env = { ...vault.env, GATEHOUSE_ENV: "production" };
  const SESSION_SECRET = "vault:secret/gatehouse#session";
  const cases = [
    [{ SESSION_SECRET: "vault:secret/nothing#session" }, /nothing at secret\/data\/nothing/],
    [{ SESSION_SECRET: "vault:secret/gone#session" }, /latest version was deleted/],
    [{ SESSION_SECRET: "vault:secret/gatehouse#other" }, /has no key other/],
    [{ SESSION_SECRET: "vault:secret/gatehouse#empty" }, /is empty/],
    [{ SESSION_SECRET: "vault:secret" }, /form vault:mount\/path#key/],
    [{ SESSION_SECRET: "exec:sh -c \"echo no; echo why >&2; exit 3\"" }, /it exited with 3/],
    [{ SESSION_SECRET: "exec:/nowhere/print" }, /No such file/],
    [{ SESSION_SECRET: "exec:echo changeme-changeme-changeme-changeme" }, /default or easy/],
    [{ SESSION_SECRET: "exec:echo short" }, /easy to guess|has 5 characters/],
    [{ SESSION_SECRET, VAULT_TOKEN: "hvs.wrong" }, /refuses the token/],
    [{ SESSION_SECRET, VAULT_NAMESPACE: "other" }, /refuses the token/],
    [{ SESSION_SECRET, VAULT_ADDR: "http://127.0.0.1:1" }, /can't be reached/],
    [{ SESSION_SECRET, VAULT_ADDR: "" }, /set VAULT_ADDR/],
  ];
  for (const [given, wanted] of cases) {
    const home = temporaryFolder();
    const started = await runBinary(["serve"], { cwd: home, env: { ...env, ...given } });
    assert.equal(started.code, 1, started.output);
    assert.match(started.stderr, wanted);
    assert.match(started.stderr, /session\.secret/);
    assert.ok(!started.output.includes(SESSION) && !started.output.includes("why"));
    rmSync(home, { recursive: true });
  }
  vault.isSealed = true;
  const sealed = await checked({ ...env, SESSION_SECRET: "vault:secret/gatehouse#session" });
  assert.match(sealed.output, /Vault is sealed/);
});

test("Vault over TLS is believed with its authority only", async (t) => {
  const home = temporaryFolder();
  const { execFileSync } = await import("node:child_process");
  const [key, cert] = [join(home, "key.pem"), join(home, "cert.pem")];
  execFileSync("openssl", [
    ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2".split(" "),
    ..."-subj /CN=localhost".split(" "),
    ...["-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert],
  ], { stdio: "ignore" });
  const vault = await Vault.start(t, { tls: { key: readFileSync(key), cert: readFileSync(cert) } });
  vault.put("gatehouse", { session: SESSION });
  const env = { ...vault.env, SESSION_SECRET: "vault:secret/gatehouse#session" };
  const unknown = await checked(env);
  assert.equal(unknown.code, 1);
  assert.match(unknown.output, /can't be reached.*certificate/);
  assert.equal(vault.asked.length, 0, "the token was not sent");
  const known = await checked({ ...env, VAULT_CACERT: cert });
  assert.equal(known.code, 0, known.output);
  rmSync(home, { recursive: true });
});
