// TLS: versions, keys, certificates made, refused and reloaded, and the way from plain HTTP.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { join } from "node:path";
import { before, test } from "node:test";
import { connect } from "node:tls";
import { assertProblem, assertSecurityHeaders } from "./support/checks.mjs";
import { send, Visitor } from "./support/client.mjs";
import { temporaryFolder } from "./support/folders.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { exchange, RawConnection } from "./support/raw.mjs";
import { freePort, prepareServer, runBinary, startServer } from "./support/server.mjs";
import { eventually, within } from "./support/waiting.mjs";

const folder = temporaryFolder();
const KINDS = {
  p256: ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
  p384: ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
  rsa2048: ["rsa:2048"],
  rsa1024: ["rsa:1024"],
  secp256k1: ["ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
};

function makeCertificate(name, kind) {
  const cert = join(folder, `${name}.crt`);
  const key = join(folder, `${name}.key`);
  execFileSync(
    "openssl",
    [
      "req",
      "-x509",
      "-newkey",
      ...KINDS[kind],
      "-nodes",
      "-subj",
      `/CN=${name}.example`,
      "-keyout",
      key,
      "-out",
      cert,
      "-days",
      "2",
    ],
    { stdio: "ignore" },
  );
  return { TLS_ENABLED: "true", TLS_CERT_PATH: cert, TLS_KEY_PATH: key };
}

/** OpenSSL makes no certificate of the past but by its small authority. */
function makeExpiredCertificate(name) {
  const made = makeCertificate(name, "p256");
  const path = (file) => join(folder, `${name}.${file}`);
  writeFileSync(path("index"), "");
  writeFileSync(
    path("conf"),
    `[ca]\ndefault_ca=own\n[own]\ndatabase=${path("index")}\n` +
      `new_certs_dir=${folder}\nrand_serial=yes\ndefault_md=sha256\npolicy=any\n` +
      "[any]\ncommonName=supplied\n",
  );
  const run = (...args) => execFileSync("openssl", args, { stdio: "ignore" });
  run(
    "req",
    "-new",
    "-key",
    made.TLS_KEY_PATH,
    "-subj",
    `/CN=${name}.example`,
    "-out",
    path("csr"),
  );
  run(
    "ca",
    "-config",
    path("conf"),
    "-selfsign",
    "-keyfile",
    made.TLS_KEY_PATH,
    "-in",
    path("csr"),
    "-out",
    made.TLS_CERT_PATH,
    "-batch",
    "-notext",
    "-startdate",
    "20200101000000Z",
    "-enddate",
    "20200201000000Z",
  );
  return made;
}

function handshake(server, options = {}) {
  const socket = connect({
    host: "127.0.0.1",
    port: server.port,
    rejectUnauthorized: false,
    ...options,
  });
  const done = new Promise((resolve, reject) => {
    socket.on("secureConnect", () =>
      resolve({
        version: socket.getProtocol(),
        cipher: socket.getCipher().name,
        name: socket.getPeerCertificate().subject?.CN,
        certificate: socket.getPeerX509Certificate(),
      }),
    );
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("closed")));
  });
  return within(done, "a handshake").finally(() => socket.destroy());
}

let server;
const later = untilFileEnds();
later.after(() => rmSync(folder, { recursive: true }));
before(async () => {
  const env = makeCertificate("shared", "p256");
  server = await startServer(later, { env });
});

const SELF_SIGNED = { TLS_ENABLED: "true", TLS_SELF_SIGNED: "p256" };

test("C3 a development certificate: P-256, for this machine, its owner's only", async (t) => {
  const own = await startServer(t, { env: SELF_SIGNED });
  const { certificate } = await handshake(own);
  assert.equal(certificate.publicKey.asymmetricKeyType, "ec");
  assert.equal(certificate.publicKey.asymmetricKeyDetails.namedCurve, "prime256v1");
  for (const name of ["localhost", "127.0.0.1"])
    assert.ok(certificate.subjectAltName.includes(name));
  assert.equal(certificate.ca, false);
  const days = (Date.parse(certificate.validTo) - Date.now()) / 86_400_000;
  assert.ok(days > 1 && days < 400, `${days} days`);
  const files = readdirSync(join(own.dataDir, "tls"));
  assert.equal(files.length, 2, files.join());
  for (const file of files)
    assert.equal(statSync(join(own.dataDir, "tls", file)).mode & 0o077, 0, file);
});

test("C3 the certificate that was made is kept for the next start", async (t) => {
  const own = await startServer(t, { env: SELF_SIGNED });
  const { certificate } = await handshake(own);
  await own.restart();
  assert.equal((await handshake(own)).certificate.fingerprint256, certificate.fingerprint256);
});

test("C3 RSA keys that are made have 4096 bits", async (t) => {
  const own = await startServer(t, { env: { TLS_ENABLED: "true", TLS_SELF_SIGNED: "rsa4096" } });
  const { certificate } = await handshake(own);
  assert.equal(certificate.publicKey.asymmetricKeyDetails.modulusLength, 4096);
});

test("C3 TLS 1.2 and 1.3 are spoken, with forward secrecy; older ones are not", async () => {
  for (const version of ["TLSv1.2", "TLSv1.3"]) {
    const seen = await handshake(server, { minVersion: version, maxVersion: version });
    assert.equal(seen.version, version);
    assert.match(seen.cipher, /^(TLS_|ECDHE-).*(GCM|CHACHA20)/);
  }
  const weak = [
    { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" },
    { maxVersion: "TLSv1.2", ciphers: "AES128-GCM-SHA256" },
    { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-SHA256" },
    { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0" },
  ];
  for (const options of weak)
    await assert.rejects(handshake(server, options), JSON.stringify(options));
});

test("chat and streams work over TLS; cookies are held to this host", async () => {
  const visitor = await Visitor.start(server);
  const whole = await visitor.answer("How do limits work?");
  const events = await (await visitor.stream("How do limits work?")).all();
  assert.equal(events.at(-1).event, "end");
  assert.ok(whole.reply.citations.length > 0);
  const headers = { "Sec-Fetch-Site": "same-origin", Origin: server.url };
  const response = await send(server, { method: "POST", path: "/api/v1/sessions", headers });
  assert.match(
    response.headers["set-cookie"][0],
    /^__Host-chat_session_id=[^;]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+; Secure$/,
  );
  assertSecurityHeaders(response.headers, "development over TLS");
});

test("plain HTTP on the port of TLS is closed, and does no harm", async () => {
  const plain = { port: server.port };
  const connection = await RawConnection.open(plain);
  await connection.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await connection.closed();
  assert.ok(!connection.received.toString("latin1").includes("HTTP/1.1 200"));
  assert.equal((await handshake(server)).version, "TLSv1.3");
});

test("a handshake that never goes on is ended", async (t) => {
  const env = { ...makeCertificate("patience", "p256"), GATEHOUSE_TLS_TIMEOUT_MS: "300" };
  const own = await startServer(t, { env });
  const connection = await RawConnection.open({ port: own.port });
  await connection.write(Buffer.from("1603010200010001fc0303", "hex"));
  await connection.closed(3_000);
});

test("C3 RSA of 2048 bits, P-256 and P-384 are taken", async (t) => {
  for (const kind of ["rsa2048", "p256", "p384"]) {
    const own = await startServer(t, { env: makeCertificate(`good-${kind}`, kind) });
    assert.equal((await handshake(own)).name, `good-${kind}.example`);
  }
});

async function refusal(env) {
  const prepared = await prepareServer({ env });
  const result = await runBinary(["serve"], { cwd: prepared.home, env: prepared.env });
  assert.equal(result.code, 1, result.output);
  assert.equal(result.signal, null);
  const lines = result.stderr.trim().split("\n");
  assert.doesNotMatch(result.output, /terminate|STARTED/);
  return lines.at(-1);
}

test("C3 RSA of 1024 bits and other curves are refused in one line", async () => {
  const small = makeCertificate("small", "rsa1024");
  const line = await refusal(small);
  assert.match(line, /1024 bits.*2048/);
  assert.ok(line.includes(small.TLS_KEY_PATH));
  assert.match(await refusal(makeCertificate("odd", "secp256k1")), /odd\.key.*not accepted/);
});

test("certificates that can't be used: one line, with the file and what to do", async () => {
  const good = makeCertificate("good", "p256");
  const other = makeCertificate("other", "p256");
  const junk = join(folder, "junk.pem");
  writeFileSync(junk, "this is no certificate\n");
  const unreadable = join(folder, "unreadable.pem");
  writeFileSync(unreadable, "");
  chmodSync(unreadable, 0o000);
  const cases = [
    [{ ...good, TLS_CERT_PATH: join(folder, "missing.crt") }, /cert_path.*missing\.crt/],
    [{ ...good, TLS_KEY_PATH: join(folder, "missing.key") }, /key_path.*missing\.key/],
    [{ ...good, TLS_CERT_PATH: junk }, /junk\.pem.*(not a certificate|PEM)/],
    [{ ...good, TLS_CERT_PATH: unreadable }, /unreadable\.pem/],
    [{ ...good, TLS_KEY_PATH: other.TLS_KEY_PATH }, /other\.key.*(belong|not the key)/],
    [{ ...good, TLS_CERT_PATH: folder }, new RegExp(folder)],
    [makeExpiredCertificate("late"), /late\.crt.*expired/],
    [{ TLS_ENABLED: "true" }, /cert_path|TLS_CERT_PATH/],
  ];
  for (const [env, words] of cases) assert.match(await refusal(env), words);
});

test("C3 SIGHUP takes over a new certificate, never a bad one; connections go on", async (t) => {
  const old = makeCertificate("live", "p256");
  const own = await startServer(t, { env: old });
  const visitor = await Visitor.start(own);
  const { conversation_id: id } = await visitor.answer("What is Gatehouse?");
  const follower = await visitor.events(id);
  assert.equal((await handshake(own)).name, "live.example");

  const fresh = makeCertificate("fresh", "rsa2048");
  for (const name of ["TLS_CERT_PATH", "TLS_KEY_PATH"])
    execFileSync("cp", [fresh[name], old[name]]);
  own.signal("SIGHUP");
  await eventually(
    async () => (await handshake(own)).name === "fresh.example",
    "the new certificate",
  );
  const events = await (await visitor.stream("And limits?", { conversation_id: id })).all();
  assert.deepEqual(await follower.until("end"), events, "the old connection lives");
  follower.close();

  writeFileSync(old.TLS_CERT_PATH, "junk");
  own.signal("SIGHUP");
  await own.logged("RELOAD_FAILED");
  assert.equal((await handshake(own)).name, "fresh.example");
});

test("E13 plain HTTP is sent to HTTPS: to one fixed origin, path and query kept", async (t) => {
  const port = await freePort();
  const own = await startServer(t, {
    env: {
      ...makeCertificate("redirect", "p256"),
      TLS_REDIRECT_LISTEN: `127.0.0.1:${port}`,
      GATEHOUSE_PUBLIC_URL: "https://chat.example",
    },
  });
  const plain = { port };
  for (const [method, path] of [
    ["GET", "/"],
    ["GET", "/a/b?c=d&e=//f"],
    ["POST", "/api/v1/chat"],
    ["GET", "//evil.example/x"],
    ["GET", "/@evil.example"],
  ]) {
    const bytes = `${method} ${path} HTTP/1.1\r\nHost: chat.example\r\nConnection: close\r\n\r\n`;
    const [response] = await exchange(plain, bytes);
    assert.equal(response.status, 308, `${method} ${path}`);
    assert.equal(response.headers.location, `https://chat.example${path}`);
    assertSecurityHeaders(response.headers, "the redirect");
  }
  const elsewhere = "GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
  const [refused] = await exchange(plain, elsewhere);
  assert.equal(refused.status, 403);
  assert.equal(refused.headers.location, undefined);
  const [head] = await exchange(
    plain,
    "GET http://chat.example/x HTTP/1.1\r\nHost: chat.example\r\n" + "Connection: close\r\n\r\n",
  );
  assert.match(head.headers.location, /^https:\/\/chat\.example\//);
  assert.equal((await handshake(own)).version, "TLSv1.3");
});

test("A5 in production over TLS browsers are told to stay with it", async (t) => {
  const env = {
    ...makeCertificate("production", "p256"),
    GATEHOUSE_ENV: "production",
    SESSION_SECRET: "Zq8vT3nLw0XyR5uKc1MbE7hDg2SfJ4aP-strong-test",
  };
  const own = await startServer(t, { env });
  for (const path of ["/", "/widget.js", "/nothing", "/healthz"]) {
    const { headers } = await send(own, path);
    assert.equal(headers["strict-transport-security"], "max-age=31536000; includeSubDomains", path);
  }
});

test("a backend whose certificate can't be checked is not spoken to", async (t) => {
  const { TLS_CERT_PATH: cert, TLS_KEY_PATH: key } = makeCertificate("impostor", "p256");
  const heard = [];
  const impostor = createServer(
    { cert: readFileSync(cert), key: readFileSync(key) },
    (request, response) => {
      heard.push(request.headers);
      response.end("{}");
    },
  );
  await new Promise((resolve) => impostor.listen(0, "127.0.0.1", resolve));
  t.after(() => impostor.close());
  const own = await startServer(t, {
    env: {
      OPENAI_BASE_URL: `https://127.0.0.1:${impostor.address().port}/v1`,
      OPENAI_API_KEY: "test-key-of-ours",
    },
  });
  const visitor = await Visitor.start(own);
  const response = await visitor.chat("hello");
  assertProblem(response, { status: 502, code: "upstream_failed" });
  assert.deepEqual(heard, [], "the key was not given away");
  const { message } = await own.logged("REPLY_FAILED");
  assert.match(message, /certificate|TLS/i);
});
