// The request stage of the guard: hosts, origins, CORS, content types, the headers of all answers.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { assertOpenAiError, assertProblem, assertSecurityHeaders } from "./support/checks.mjs";
import { openStream, send, Visitor } from "./support/client.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { exchange } from "./support/raw.mjs";
import { startServer } from "./support/server.mjs";

const FRIEND = "https://www.friend.example";
const STRANGER = "https://evil.example";

const later = untilFileEnds();
let server;
before(async () => {
  const env = {
    ALLOWED_ORIGINS: `${FRIEND},http://localhost:3000`,
    GATEHOUSE_HOSTS: "chat.example",
  };
  server = await startServer(later, { env });
});

const startSession = (headers) =>
  send(server, { method: "POST", path: "/api/v1/sessions", headers, from: server.nextAddress() });

const varies = (headers) => (headers.vary ?? "").toLowerCase().split(/,\s*/).includes("origin");

test("B4 the names of this machine and those set up are answered, no others", async () => {
  const allowed = [
    server.host,
    "localhost",
    `localhost:${server.port}`,
    "LOCALHOST",
    "127.0.0.1",
    "[::1]",
    "chat.example",
    "chat.example:8443",
    "CHAT.example",
  ];
  for (const host of allowed) {
    const { status } = await send(server, { path: "/healthz", headers: { Host: host } });
    assert.equal(status, 200, host);
  }
  const refused = [
    "evil.example",
    "chat.example.evil.example",
    "xchat.example",
    "169.254.169.254",
    "localhost.evil.example",
    "chat.example.",
    "0.0.0.0",
    "[::2]",
    "a".repeat(200),
  ];
  for (const host of refused) {
    const response = await send(server, { path: "/", headers: { Host: host } });
    assertProblem(response, { status: 403, code: "forbidden", field: "Host" });
    assert.ok(!response.text.includes(host), "the name is not repeated");
    const id = response.headers["x-request-id"];
    await server.logged("SECURITY_ALERT", (entry) => entry.request_id === id);
  }
});

test("B4 X-Forwarded-Host and absolute addresses don't get around it", async () => {
  const forwarded = await send(server, {
    path: "/healthz",
    headers: {
      "X-Forwarded-Host": "evil.example",
      Forwarded: "host=evil.example",
    },
  });
  assert.equal(forwarded.status, 200);
  const bytes =
    "GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n" + "Connection: close\r\n\r\n";
  assertProblem((await exchange(server, bytes))[0], { status: 403, field: "Host" });
});

test("B4 E6 a page of another site may not change anything", async () => {
  const strangers = [
    { Origin: STRANGER },
    { Origin: "null" },
    { Origin: `${FRIEND}.evil.example` },
    { Origin: "http://www.friend.example" },
    { Origin: `${FRIEND}:8443` },
    { Origin: `https://x.www.friend.example` },
    { Origin: "file://" },
    { Origin: "*" },
    { Referer: `${STRANGER}/page` },
    { Referer: `${FRIEND}.evil.example/` },
    { Referer: "https://evil.example/https://www.friend.example/" },
    { "Sec-Fetch-Site": "cross-site" },
  ];
  for (const headers of strangers) {
    const response = await startSession(headers);
    assertProblem(response, { status: 403, code: "forbidden" });
    assert.equal(response.headers["access-control-allow-origin"], undefined);
    const id = response.headers["x-request-id"];
    await server.logged("SECURITY_ALERT", (entry) => entry.request_id === id);
  }
  const friends = [
    {},
    { Origin: server.url },
    { Origin: FRIEND },
    { Origin: "http://localhost:3000" },
    { Referer: `${server.url}/` },
    { Referer: `${FRIEND}/page?x#y` },
    { Origin: FRIEND.toUpperCase().replace("HTTPS", "https") },
    { "Sec-Fetch-Site": "same-origin" },
  ];
  for (const headers of friends) {
    assert.equal((await startSession(headers)).status, 201, JSON.stringify(headers));
  }
});

test("A7 an allowed origin may call, with credentials, and read what it needs", async () => {
  const { headers } = await startSession({ Origin: FRIEND });
  assert.equal(headers["access-control-allow-origin"], FRIEND);
  assert.equal(headers["access-control-allow-credentials"], "true");
  assert.ok(varies(headers), headers.vary);
  const exposed = headers["access-control-expose-headers"].toLowerCase().split(/,\s*/);
  for (const name of ["x-request-id", "retry-after", "ratelimit", "ratelimit-policy"]) {
    assert.ok(exposed.includes(name), name);
  }
  assert.equal(headers["set-cookie"], undefined, "other sites use the token");
});

test("A7 other origins read nothing: no header allows them", async () => {
  const { status, headers } = await send(server, {
    path: "/api/v1/site",
    headers: { Origin: STRANGER },
  });
  assert.equal(status, 200);
  assert.equal(headers["access-control-allow-origin"], undefined);
  assert.equal(headers["access-control-allow-credentials"], undefined);
  assert.ok(varies(headers), "caches must keep answers apart by origin");
});

const preflight = (path, origin, method = "POST") =>
  send(server, {
    method: "OPTIONS",
    path,
    from: server.nextAddress(),
    headers: {
      Origin: origin,
      "Access-Control-Request-Method": method,
      "Access-Control-Request-Headers": "authorization,content-type",
    },
  });

test("A7 the preflight of an allowed origin names methods, headers and its life", async () => {
  const { status, headers, text } = await preflight("/api/v1/chat", FRIEND);
  assert.equal(status, 204);
  assert.equal(text, "");
  assert.equal(headers["access-control-allow-origin"], FRIEND);
  assert.equal(headers["access-control-allow-credentials"], "true");
  const list = (name) => headers[name].toLowerCase().split(/,\s*/);
  assert.ok(list("access-control-allow-methods").includes("post"));
  for (const name of ["authorization", "content-type", "last-event-id", "x-csrf-token"]) {
    assert.ok(list("access-control-allow-headers").includes(name), name);
  }
  assert.match(headers["access-control-max-age"], /^\d+$/);
  assertSecurityHeaders(headers, "the preflight");
  const removal = await preflight("/api/v1/conversations/x", FRIEND, "DELETE");
  assert.match(removal.headers["access-control-allow-methods"], /DELETE/);
});

test("A7 the preflight of other origins allows nothing", async () => {
  for (const origin of [STRANGER, "null", `${FRIEND}.evil.example`]) {
    const { headers } = await preflight("/api/v1/chat", origin);
    const allowing = Object.keys(headers).filter((name) => name.startsWith("access-control-allow"));
    assert.deepEqual(allowing, [], origin);
  }
  assertProblem(await preflight("/nothing", FRIEND), { status: 404 });
});

test("A7 safe default: without ALLOWED_ORIGINS only the own pages call", async (t) => {
  const own = await startServer(t, {});
  const post = (Origin) =>
    send(own, { method: "POST", path: "/api/v1/sessions", headers: { Origin } });
  assert.equal((await post(own.url)).status, 201);
  assertProblem(await post(FRIEND), { status: 403 });
  assertProblem(await post(`https://127.0.0.1:${own.port}`), { status: 403 });
  assertProblem(await post(`http://localhost:${own.port}`), { status: 403 });
});

test("A7 CORS_ALLOW_CREDENTIALS=false and the origin *", async (t) => {
  const env = { ALLOWED_ORIGINS: "*", CORS_ALLOW_CREDENTIALS: "false" };
  const open = await startServer(t, { env });
  const headers = { Origin: STRANGER };
  const answer = await send(open, { method: "POST", path: "/api/v1/sessions", headers });
  assert.equal(answer.status, 201);
  assert.equal(answer.headers["access-control-allow-origin"], "*");
  assert.equal(answer.headers["access-control-allow-credentials"], undefined);
  const none = await send(open, {
    method: "POST",
    path: "/api/v1/sessions",
    headers: { Origin: "null" },
  });
  assertProblem(none, { status: 403 });
});

test("E6 D5 bodies are JSON and say so", async () => {
  const visitor = await Visitor.start(server);
  const post = (type, body = '{"message":"hello"}', more = {}) =>
    visitor.call("POST", "/api/v1/chat", body, { "Content-Type": type, ...more });
  const refused = [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/jsonx",
    "application/json, text/plain",
    "",
    "text/json",
  ];
  for (const type of refused) {
    assertProblem(await post(type), {
      status: 415,
      code: "unsupported_media",
      field: "Content-Type",
    });
  }
  for (const type of ["application/json", "Application/JSON ; charset=utf-8"]) {
    assert.equal((await post(type)).status, 200, type);
  }
  const packed = await post("application/json", "x", { "Content-Encoding": "gzip" });
  assertProblem(packed, { status: 415, code: "unsupported_media", field: "Content-Encoding" });
});

test("A5 the security headers stand on every kind of answer", async () => {
  const visitor = await Visitor.start(server);
  const { etag } = (await send(server, "/widget.js")).headers;
  const answers = {
    "the page": await send(server, "/"),
    "the widget": await send(server, "/widget.js"),
    304: await send(server, { path: "/widget.js", headers: { "If-None-Match": etag } }),
    health: await send(server, "/healthz"),
    metrics: await send(server, "/metrics"),
    404: await send(server, "/nothing"),
    "404 of a path with {id}": await visitor.call("GET", "/api/v1/conversations/nothing"),
    405: await send(server, { method: "DELETE", path: "/" }),
    401: await send(server, "/api/v1/conversations"),
    403: await send(server, { path: "/", headers: { Host: "evil.example" } }),
    "400 of a message": await visitor.chat(""),
    "200 of a message": await visitor.chat("How do limits work?"),
    "the models": await send(server, "/v1/models"),
    OPTIONS: await send(server, { method: "OPTIONS", path: "/api/v1/chat" }),
    204: await visitor.call("DELETE", "/api/v1/sessions/current"),
    "400 of a head": (await exchange(server, "GET / HTTP/1.1\r\nHost : x\r\n\r\n"))[0],
  };
  for (const [what, { headers }] of Object.entries(answers)) assertSecurityHeaders(headers, what);
  const unknown = await send(server, "/v1/nothing");
  assertOpenAiError(unknown, { status: 404, code: "not_found" });
});

test("A5 B7 event streams carry them too and can't be buffered or changed on the way", async () => {
  const visitor = await Visitor.start(server);
  const reply = await visitor.stream("How do limits work?");
  const [
    {
      data: { conversation_id: id },
    },
  ] = await reply.all();
  const events = await visitor.events(id);
  const body = {
    model: "gatehouse-documents",
    stream: true,
    messages: [{ role: "user", content: "hi" }],
  };
  const chunks = await openStream(server, { method: "POST", path: "/v1/chat/completions", body });
  for (const { headers } of [reply, events, chunks]) {
    assertSecurityHeaders(headers, "a stream");
    assert.match(headers["cache-control"], /no-cache|no-store/);
    assert.match(headers["cache-control"], /no-transform/);
    assert.equal(headers["x-accel-buffering"], "no");
    assert.equal(headers["content-encoding"], undefined);
  }
  for (const stream of [reply, events, chunks]) stream.close();
});

test("answers that carry a token are neither cached nor compressed", async () => {
  const { headers } = await startSession({ "Accept-Encoding": "br, gzip" });
  assert.equal(headers["content-encoding"], undefined);
  assert.equal(headers["cache-control"], "no-store");
});
