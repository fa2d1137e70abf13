// Settings: their sources, what production refuses, `gatehouse check` and `gatehouse init`.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { send, Visitor } from "./support/client.mjs";
import { temporaryFolder } from "./support/folders.mjs";
import { freePort, prepareServer, runBinary, startServer } from "./support/server.mjs";

const STRONG = "Zq8vT3nLw0XyR5uKc1MbE7hDg2SfJ4aP-strong-test";
const PRODUCTION = { GATEHOUSE_ENV: "production", SESSION_SECRET: STRONG };

async function serve(env, more = {}) {
  const server = await prepareServer({ env, ...more });
  return runBinary(["serve"], { cwd: server.home, env: server.env });
}

async function assertRefused(env, words) {
  const result = await serve(env);
  assert.equal(result.code, 1, result.output);
  assert.equal(result.signal, null);
  assert.match(result.stderr, words);
  assert.doesNotMatch(result.output, /STARTED/);
  return result;
}

const REFUSED = {
  "no secret": [{ SESSION_SECRET: null }, /session\.secret/],
  "a short secret": [{ SESSION_SECRET: STRONG.slice(0, 31) }, /session\.secret.*32/],
  "a default secret": [
    { SESSION_SECRET: "change-me-change-me-change-me-change-me" },
    /session\.secret/,
  ],
  "one letter as a secret": [{ SESSION_SECRET: "a".repeat(40) }, /session\.secret/],
  "ALLOWED_ORIGINS=*": [{ ALLOWED_ORIGINS: "*", CORS_ALLOW_CREDENTIALS: "false" }, /cors\.origins/],
  DEBUG: [{ DEBUG: "true" }, /debug/],
  FLASK_DEBUG: [{ FLASK_DEBUG: "1" }, /debug/],
  "a public address without TLS": [{ GATEHOUSE_LISTEN: "0.0.0.0:18099" }, /TLS|tls/],
  "a public IPv6 address without TLS": [{ GATEHOUSE_LISTEN: "[::]:18099" }, /TLS|tls/],
  "a certificate of its own making": [
    { TLS_ENABLED: "true", TLS_SELF_SIGNED: "p256" },
    /self_signed/,
  ],
};
for (const [name, [env, words]] of Object.entries(REFUSED)) {
  test(`A3 D8 production refuses ${name}`, () => assertRefused({ ...PRODUCTION, ...env }, words));
}

test("D8 production says all that is wrong at once", async () => {
  const { stderr } = await assertRefused(
    {
      GATEHOUSE_ENV: "production",
      DEBUG: "true",
      ALLOWED_ORIGINS: "*",
      CORS_ALLOW_CREDENTIALS: "false",
    },
    /session\.secret/,
  );
  assert.match(stderr, /debug/);
  assert.match(stderr, /cors\.origins/);
});

test("a public address without GATEHOUSE_ENV means production", async () => {
  await assertRefused({ GATEHOUSE_LISTEN: "0.0.0.0:18098" }, /session\.secret/);
});

test("D2 D8 production starts when all is well, and behind a declared proxy", async (t) => {
  const server = await startServer(t, { env: PRODUCTION });
  const { json } = await send(server, "/health");
  assert.equal(json.environment, "production");
  const closed = await send(server, "/v1/models");
  assert.equal(closed.status, 401, "/v1 is open to no one without a key");
  const proxied = await startServer(t, {
    env: {
      ...PRODUCTION,
      GATEHOUSE_LISTEN: `0.0.0.0:${await freePort()}`,
      TLS_BEHIND_PROXY: "true",
      GATEHOUSE_TRUSTED_PROXIES: "127.0.0.1",
      GATEHOUSE_PUBLIC_URL: "https://chat.example",
    },
  });
  const headers = {
    Host: "chat.example",
    "X-Forwarded-Proto": "https",
    Origin: "https://chat.example",
  };
  const started = await send(proxied, { method: "POST", path: "/api/v1/sessions", headers });
  assert.equal(started.status, 201);
  assert.match(started.headers["set-cookie"][0], /^__Host-chat_session_id=.*; Secure/);
  assert.match(
    started.headers["strict-transport-security"],
    /^max-age=31536000; includeSubDomains$/,
  );
});

test("A6 debug is off unless asked for", async (t) => {
  const server = await startServer(t, {});
  const { json } = await send(server, {
    path: "/metrics",
    headers: { Accept: "application/json" },
  });
  assert.equal(json.system.debug_mode, false);
  assert.ok(!server.stdout.includes('"level":"debug"'));
});

const CONTRADICTIONS = {
  "SESSION_SECRET and SESSION_SECRET_KEY": {
    SESSION_SECRET: STRONG,
    SESSION_SECRET_KEY: `${STRONG}x`,
  },
  "JWT_SECRET and JWT_SECRET_KEY": { JWT_SECRET: STRONG, JWT_SECRET_KEY: `${STRONG}x` },
  "DEBUG and FLASK_DEBUG": { DEBUG: "true", FLASK_DEBUG: "false" },
  "GATEHOUSE_LISTEN and FLASK_PORT": { GATEHOUSE_LISTEN: "127.0.0.1:8080", FLASK_PORT: "9090" },
};
for (const [names, env] of Object.entries(CONTRADICTIONS)) {
  test(`B11 ${names} that disagree stop the start with both named`, async () => {
    const { stderr } = await assertRefused(env, /./);
    for (const name of names.split(" and ")) assert.ok(stderr.includes(name), stderr);
    assert.ok(!stderr.includes(STRONG));
  });
}

const LATER = {
  REDIS_URL: "redis://localhost",
  DATABASE_URL: "postgresql://localhost/x",
  CELERY_BROKER_URL: "redis://localhost",
};
for (const [name, value] of Object.entries(LATER)) {
  test(`B11 ${name}: what isn't built yet is not ignored`, async () => {
    const { stderr } = await assertRefused(
      { [name]: value },
      new RegExp(`${name}.*not built yet`, "s"),
    );
    assert.ok(!stderr.includes(STRONG));
  });
}

test("B11 FLASK_HOST, FLASK_PORT, _FILE and SESSION_SECRET_KEY work unchanged", async (t) => {
  const folder = temporaryFolder();
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "secret"), `${STRONG}\n`, { mode: 0o600 });
  const server = await startServer(t, {
    env: {
      GATEHOUSE_LISTEN: null,
      FLASK_HOST: "127.0.0.1",
      FLASK_PORT: String(await freePort()),
      SESSION_SECRET_KEY_FILE: join(folder, "secret"),
    },
  });
  server.secrets.add(STRONG);
  const visitor = await Visitor.start(server);
  const same = await startServer(t, { env: { SESSION_SECRET: STRONG } });
  const headers = { Authorization: `Bearer ${visitor.token}` };
  assert.equal((await send(same, { path: "/api/v1/conversations", headers })).status, 200);
});

test("file, then environment, then flags", async (t) => {
  const toml = '[widget]\ntitle = "File"\nwelcome = "From the file"\n';
  const server = await startServer(t, { toml, env: { GATEHOUSE_WIDGET_TITLE: "Environment" } });
  const { json } = await send(server, "/api/v1/site");
  assert.deepEqual([json.title, json.welcome], ["Environment", "From the file"]);
  await startServer(t, { args: ["--listen", `127.0.0.1:${await freePort()}`] });
});

test("E5 the title of the site is text, not markup", async (t) => {
  const title = '<b onclick=x>&"Chat"</b>{{nonce}}';
  const server = await startServer(t, { env: { GATEHOUSE_WIDGET_TITLE: title } });
  const { text } = await send(server, "/");
  assert.ok(!text.includes("<b onclick"), text);
  assert.ok(text.includes("&lt;b onclick"));
});

test("unknown keys, and near misses, are errors that help", async () => {
  const unknown = await serve({}, { toml: '[limits]\nper_minut = 5\nper_hour = "x"\n' });
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /limits\.per_minut\b/);
  assert.match(unknown.stderr, /limits\.per_minute/, "the name that was meant");
  assert.match(unknown.stderr, /limits\.per_hour/, "all problems at once");
  const misspelt = await runBinary(["check"], { env: { GATEHOUSE_LISTN: "127.0.0.1:1" } });
  assert.match(misspelt.output, /GATEHOUSE_LISTN.*GATEHOUSE_LISTEN/);
  const broken = await serve({}, { toml: "[limits\n" });
  assert.equal(broken.code, 1);
  assert.match(broken.stderr, /gatehouse\.toml/);
});

test("D8 E5 check prints each value with its source, no secret, and all problems", async () => {
  const server = await prepareServer({
    toml: '[widget]\ntitle = "Mine"\n',
    env: {
      SESSION_SECRET: STRONG,
      OPENAI_API_KEY: "test-openai-key-0123456789",
      LOG_LEVEL: "warn",
    },
  });
  const good = await runBinary(["check"], { cwd: server.home, env: server.env });
  assert.equal(good.code, 0, good.output);
  assert.match(good.stdout, /widget\.title.*Mine.*gatehouse\.toml:2/);
  assert.match(good.stdout, /log\.level.*warning.*LOG_LEVEL/);
  assert.match(good.stdout, /session\.secret.*SESSION_SECRET/);
  for (const secret of [STRONG, "test-openai-key"]) assert.ok(!good.output.includes(secret));

  const env = {
    ...server.env,
    SESSION_SECRET: "short-test",
    DEBUG: "maybe",
    RATE_LIMIT_PER_MINUTE: "0",
  };
  const bad = await runBinary(["check"], { cwd: server.home, env });
  assert.equal(bad.code, 1, bad.output);
  for (const key of ["session.secret", "debug", "limits.per_minute"])
    assert.ok(bad.output.includes(key));
  assert.ok(!bad.output.includes("short-test"));
});

test("D2 check names every unsafe setting", async () => {
  const server = await prepareServer({
    env: {
      GATEHOUSE_LISTEN: "0.0.0.0:8080",
      GATEHOUSE_ENV: "development",
      DEBUG: "true",
      ALLOWED_ORIGINS: "*",
      CORS_ALLOW_CREDENTIALS: "false",
    },
  });
  const { output, code } = await runBinary(["check"], { cwd: server.home, env: server.env });
  assert.equal(code, 0, output);
  for (const key of ["server.listen", "debug", "cors.origins"]) {
    assert.match(
      output.slice(output.indexOf("not safe")),
      new RegExp(key.replace(".", "\\.")),
      output,
    );
  }
});

test("ALLOWED_ORIGINS=* with credentials is always refused", async () => {
  await assertRefused({ ALLOWED_ORIGINS: "*" }, /cors\.(origins|allow_credentials)/);
});

test("init writes a file with a secret of its own that a production start takes", async () => {
  const home = temporaryFolder();
  const first = await runBinary(["init"], { cwd: home });
  assert.equal(first.code, 0, first.output);
  const file = join(home, "gatehouse.toml");
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const text = readFileSync(file, "utf8");
  const secret = /^secret = "([^"]{32,})"$/m.exec(text)?.[1];
  assert.ok(secret, text.slice(0, 400));
  assert.ok(!first.output.includes(secret));
  const checked = await runBinary(["check"], { cwd: home, env: { GATEHOUSE_ENV: "production" } });
  assert.equal(checked.code, 0, checked.output);

  const again = await runBinary(["init"], { cwd: home });
  assert.notEqual(again.code, 0, "nothing is overwritten");
  assert.equal(readFileSync(file, "utf8"), text);
  mkdirSync(join(home, "other"));
  await runBinary(["init", "other/gatehouse.toml"], { cwd: home });
  const other = readFileSync(join(home, "other", "gatehouse.toml"), "utf8");
  assert.notEqual(/^secret = "([^"]+)"$/m.exec(other)[1], secret);
  rmSync(home, { recursive: true });
});

test("D2 an open address in development is said loudly", async (t) => {
  const env = { GATEHOUSE_LISTEN: `0.0.0.0:${await freePort()}`, GATEHOUSE_ENV: "development" };
  const server = await startServer(t, { env });
  const { message } = await server.logged("SECURITY_ALERT");
  assert.match(message, /other machines/);
  assert.match(server.stderr, /other machines/);
});
