// Secrets that change while the server runs, and that nothing shows them.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { send } from "./support/client.mjs";
import { temporaryFolder } from "./support/folders.mjs";
import { runBinary, startServer } from "./support/server.mjs";
import { UPSTREAM_KEY, Upstream } from "./support/upstream.mjs";
import { Vault } from "./support/vault.mjs";
import { eventually } from "./support/waiting.mjs";

const mixed = (...parts) => parts.join("-");
const SESSION = mixed("kx7Qz", "Wm2Vt", "Rb9Ya", "Nc4Ld", "Hf6Js", "Gp3Te", "Xu8");
const METRICS = mixed("mT5Kq", "Zr8Wn", "Yb2Xd", "Lf7Vc", "Hs4Pj", "Ga9Ue", "Oi3");
const NEXT_METRICS = mixed("nU6Lr", "As9Xo", "Zc3Ye", "Mg8Wd", "It5Qk", "Hb2Vf", "Pj4");
const API = mixed("aP6Kw", "Qe3Zn", "Tb8Yd", "Rf2Vc");
const NEXT_API = mixed("bQ7Lx", "Rf4Ao", "Uc9Ze", "Sg3Wd");
const CANARY = mixed("cN4Ry", "Dq7Xz", "Wb2Lm");

const bearer = (token) => ({ Authorization: `Bearer ${token}` });
const metrics = (server, token) => send(server, { path: "/metrics", headers: bearer(token) });
const ask = (server, key, content = "hello") =>
  send(server, {
    method: "POST",
    path: "/v1/chat/completions",
    headers: bearer(key),
    body: { model: "m", messages: [{ role: "user", content }] },
  });

async function gauge(server, token) {
  const { text } = await metrics(server, token);
  return Number(/^gatehouse_secrets_kept (\d+)$/m.exec(text)?.[1]);
}

test("C15 SIGHUP takes over API keys, the metrics token and the backend's key", async (t) => {
  const upstream = await Upstream.start(t);
  const vault = await Vault.start(t);
  vault.put("gatehouse", { key: "an-older-key-of-the-backend" });
  const home = temporaryFolder();
  writeFileSync(join(home, "keys"), `app:${API}\n`);
  writeFileSync(join(home, "metrics"), METRICS);
  const server = await startServer(t, {
    env: {
      ...upstream.env,
      ...vault.env,
      OPENAI_API_KEY: "vault:secret/gatehouse#key",
      GATEHOUSE_API_KEYS_FILE: join(home, "keys"),
      GATEHOUSE_METRICS_TOKEN_FILE: join(home, "metrics"),
      GATEHOUSE_SECRETS_REFRESH_S: "0",
    },
  });
  await ask(server, API);
  assert.equal(upstream.violations.splice(0).length, 1, "the backend doesn't take the older key");
  writeFileSync(join(home, "keys"), `app:${NEXT_API}\n`);
  writeFileSync(join(home, "metrics"), NEXT_METRICS);
  vault.put("gatehouse", { key: UPSTREAM_KEY });
  server.signal("SIGHUP");
  const { settings } = await server.logged("SECRETS_CHANGED");
  assert.equal(settings, "openai.api_key, api_keys, metrics_token");
  await server.logged("RELOADED");
  assert.equal((await ask(server, NEXT_API)).status, 200);
  assert.equal((await ask(server, API)).status, 401);
  assert.equal((await metrics(server, NEXT_METRICS)).status, 200);
  assert.equal((await metrics(server, METRICS)).status, 401);
  for (const secret of [API, NEXT_API, METRICS, NEXT_METRICS, UPSTREAM_KEY])
    server.secrets.add(secret);
});

test("C15 references are read again, and a source that is away takes nothing", async (t) => {
  const vault = await Vault.start(t);
  vault.put("gatehouse", { metrics: METRICS });
  const server = await startServer(t, {
    env: {
      ...vault.env,
      GATEHOUSE_METRICS_TOKEN: "vault:secret/gatehouse#metrics",
      GATEHOUSE_SECRETS_REFRESH_S: "1",
    },
  });
  assert.equal(await gauge(server, METRICS), 0);
  vault.isSealed = true;
  const kept = await server.logged("SECRET_KEPT");
  assert.equal(kept.reference, "vault secret/data/gatehouse#metrics");
  assert.match(kept.detail, /sealed/);
  assert.equal(await gauge(server, METRICS), 1, "the token of before, and it is told");
  vault.isSealed = false;
  vault.put("gatehouse", { metrics: NEXT_METRICS });
  await server.logged("SECRETS_CHANGED");
  assert.equal(await gauge(server, NEXT_METRICS), 0);
  assert.equal((await metrics(server, METRICS)).status, 401);
  const before = vault.asked.length;
  await eventually(() => vault.asked.length > before, "the next time");
  assert.equal((await metrics(server, NEXT_METRICS)).status, 200);
});

test("a new session secret waits for the next start, and the log says so", async (t) => {
  const home = temporaryFolder();
  writeFileSync(join(home, "session"), SESSION);
  const env = { SESSION_SECRET_FILE: join(home, "session") };
  const server = await startServer(t, { env });
  const begun = await send(server, { method: "POST", path: "/api/v1/sessions", body: {} });
  writeFileSync(join(home, "session"), NEXT_METRICS);
  server.signal("SIGHUP");
  const told = await server.logged("RELOAD_PARTIAL");
  assert.match(told.message, /session\.secret has changed.*next start/);
  const path = "/api/v1/conversations";
  assert.equal((await send(server, { path, headers: bearer(begun.json.token) })).status, 200);
  await server.restart();
  assert.equal((await send(server, { path, headers: bearer(begun.json.token) })).status, 401);
});

// Every way to hand a secret over: what stands in the environment for it.
const SECRETS = {
  SESSION_SECRET: SESSION,
  GATEHOUSE_METRICS_TOKEN: METRICS,
  GATEHOUSE_API_KEYS: `app:${API}`,
  OPENAI_API_KEY: UPSTREAM_KEY,
  GATEHOUSE_GUARD_CANARIES: CANARY,
};
const WAYS = {
  environment: () => SECRETS,
  files: (home) =>
    Object.fromEntries(
      Object.entries(SECRETS).map(([name, text]) => {
        writeFileSync(join(home, name), text);
        return [`${name}_FILE`, join(home, name)];
      }),
    ),
  folder: (home) => {
    mkdirSync(join(home, "folder"));
    for (const [name, text] of Object.entries(SECRETS))
      writeFileSync(join(home, "folder", name), text);
    return { GATEHOUSE_SECRETS_DIR: join(home, "folder") };
  },
  vault: (home, vault) => {
    vault.put("gatehouse", SECRETS);
    const names = Object.keys(SECRETS);
    return Object.fromEntries(names.map((name) => [name, `vault:secret/gatehouse#${name}`]));
  },
  programs: (home) =>
    Object.fromEntries(
      Object.entries(SECRETS).map(([name, text]) => {
        writeFileSync(join(home, name), text);
        return [name, `exec:cat ${join(home, name)}`];
      }),
    ),
};

for (const [way, given] of Object.entries(WAYS)) {
  test(`C15 no secret is shown anywhere, whatever happens (${way})`, async (t) => {
    const home = temporaryFolder();
    const upstream = await Upstream.start(t);
    const vault = await Vault.start(t);
    const env = {
      ...upstream.env,
      OPENAI_API_KEY: null,
      ...vault.env,
      ...given(home, vault),
      GATEHOUSE_ENV: "production",
      LOG_LEVEL: "debug",
    };
    const server = await startServer(t, { env });
    const seen = [];
    const see = (what, text) => seen.push([what, text]);
    assert.equal((await ask(server, API)).status, 200);
    for (const key of [`${API}x`, METRICS, SESSION]) await ask(server, key);
    const reply = await ask(server, API, `echo ${CANARY}`);
    see("a reply", reply.text);
    see("metrics", (await metrics(server, METRICS)).text);
    for (const path of ["/health", "/api/health", "/readyz", "/api/v1/site", "/nowhere"])
      see(path, (await send(server, path)).text);
    server.signal("SIGHUP");
    await server.logged("RELOADED");
    const check = await runBinary(["check"], { cwd: server.home, env: server.env });
    assert.equal(check.code, 0, check.output);
    see("check", check.output);
    see("the command line", readFileSync(`/proc/${server.pid}/cmdline`, "utf8"));
    const limits = readFileSync(`/proc/${server.pid}/limits`, "utf8");
    assert.match(limits, /^Max core file size +0 +0 /m);
    server.wasKilled = true;
    server.signal("SIGABRT");
    await server.exited();
    see("the log", server.stdout);
    see("what it said", server.stderr);
    for (const [what, text] of seen) {
      for (const [name, secret] of Object.entries({ ...SECRETS, API, VAULT_TOKEN: vault.token }))
        assert.ok(!text.includes(secret), `${name} stands in ${what}`);
    }
  });
}
