// HTTP/1.1 over one connection: keep-alive, pipelining, waiting bodies, time limits.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { assertProblem } from "./support/checks.mjs";
import { send, Visitor } from "./support/client.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { exchange, RawConnection } from "./support/raw.mjs";
import { startServer } from "./support/server.mjs";
import { eventually } from "./support/waiting.mjs";

const later = untilFileEnds();
let server;
before(async () => {
  const env = {
    GATEHOUSE_HEADER_TIMEOUT_MS: "400",
    GATEHOUSE_BODY_TIMEOUT_MS: "500",
    GATEHOUSE_IDLE_TIMEOUT_MS: "700",
    GATEHOUSE_BODY_BYTES: "4096",
  };
  server = await startServer(later, { env });
});

const H = "Host: localhost\r\n";
const JSON_BODY = "Content-Type: application/json\r\n";
const request = (line, fields = "", body = "") => `${line} HTTP/1.1\r\n${H}${fields}\r\n${body}`;
const open = () => RawConnection.open(server, { from: server.nextAddress() });

test("HEAD answers the fields of GET without the body", async () => {
  const varying = new Set(["x-request-id", "ratelimit", "content-security-policy", "date"]);
  for (const path of ["/", "/widget.js", "/healthz", "/api/v1/site", "/nothing-here"]) {
    const got = await send(server, { path, from: server.nextAddress() });
    const [head] = await exchange(server, request(`HEAD ${path}`, "Connection: close\r\n"), {
      methods: ["HEAD"],
      from: server.nextAddress(),
    });
    assert.equal(head.status, got.status, path);
    const fieldsOf = ({ headers }) =>
      Object.fromEntries(Object.entries(headers).filter(([name]) => !varying.has(name)));
    // A problem has the request's id in it, and ids grow with their number.
    const idOf = ({ headers }) => (path === "/nothing-here" ? headers["x-request-id"].length : 0);
    const lengthOf = (answer) => Number(answer.headers["content-length"]) - idOf(answer);
    assert.equal(lengthOf(head), lengthOf(got), path);
    assert.equal(got.headers["content-length"], String(got.body.length));
    for (const answer of [head, got]) delete answer.headers["content-length"];
    assert.deepEqual(fieldsOf(head), fieldsOf(got), path);
  }
});

test("E6 405 names what an address takes, 404 is for those that aren't there", async () => {
  const methods = {
    "DELETE /": "GET, HEAD, OPTIONS",
    "BREW /api/v1/site": "GET, HEAD, OPTIONS",
    "GET /api/v1/sessions": "POST, OPTIONS",
    "PUT /api/v1/chat": "POST, OPTIONS",
    "get /healthz": "GET, HEAD, OPTIONS",
  };
  for (const [line, allowed] of Object.entries(methods)) {
    const [response] = await exchange(server, request(line, "Connection: close\r\n"));
    assertProblem(response, { status: 405, code: "method_not_allowed" });
    assert.deepEqual(response.headers.allow.split(", ").sort(), allowed.split(", ").sort(), line);
  }
  for (const path of [
    "/nothing",
    "/api/v1/nothing",
    "/%2e%2e/etc/passwd",
    "/assets/../README.md",
    "/api/v1/site/",
    "//",
  ]) {
    const [response] = await exchange(server, request(`GET ${path}`, "Connection: close\r\n"));
    assertProblem(response, { status: 404, code: "not_found" });
  }
});

test("20 requests in one write are answered in their order", async () => {
  const kinds = [
    ["GET /healthz", 200],
    ["GET /nothing", 404],
    ["PATCH /", 405],
    ["GET /api/v1/conversations", 401],
    ["HEAD /widget.js", 200],
  ];
  const lines = Array.from({ length: 20 }, (_, i) => kinds[(i * i + 3 * i) % kinds.length]);
  const connection = await open();
  await connection.write(lines.map(([line]) => request(line)).join(""));
  const methods = lines.map(([line]) => line.split(" ")[0]);
  const responses = await connection.responses(20, { methods });
  assert.deepEqual(
    responses.map(({ status }) => status),
    lines.map(([, status]) => status),
  );
  const ids = responses.map(({ headers }) => headers["x-request-id"]);
  assert.equal(new Set(ids).size, 20);
  connection.destroy();
});

test("requests behind a waiting one stay in line, whole bodies and all", async () => {
  const visitor = await Visitor.start(server);
  const chat = (message) => {
    const body = JSON.stringify({ message });
    return request(
      "POST /api/v1/chat",
      `${JSON_BODY}Authorization: Bearer ${visitor.token}\r\n` +
        `Content-Length: ${body.length}\r\n`,
      body,
    );
  };
  const connection = await open();
  await connection.write(
    chat("How do limits work?") +
      request("GET /nothing") +
      chat("What is Gatehouse?") +
      request("GET /healthz"),
  );
  const responses = await connection.responses(4);
  assert.deepEqual(
    responses.map(({ status }) => status),
    [200, 404, 200, 200],
  );
  assert.notEqual(responses[0].text, responses[2].text);
  connection.destroy();
});

test("a connection is kept, and closed when the client asks for it", async () => {
  const connection = await open();
  for (let i = 1; i <= 3; i += 1) {
    await connection.write(request("GET /api/v1/site"));
    const responses = await connection.responses(i);
    assert.equal(responses.at(-1).status, 200);
    assert.equal(responses.at(-1).headers.connection, undefined);
  }
  await connection.write(request("GET /api/v1/site", "Connection: Close\r\n"));
  await connection.closed();
  assert.equal((await connection.responses(4)).at(-1).headers.connection, "close");
});

test("a refused request closes its connection and what follows is not read", async () => {
  const connection = await open();
  await connection.write(
    request("GET /api/v1/site") +
      request("GET /api/v1/site", "X : y\r\n") +
      request("GET /healthz"),
  );
  await connection.closed();
  const statuses = (await connection.responses(2)).map(({ status }) => status);
  assert.deepEqual(statuses, [200, 400]);
});

test("Expect: 100-continue is granted before the body, or refused at once", async () => {
  const connection = await open();
  await connection.write(
    request("POST /api/v1/sessions", `${JSON_BODY}Expect: 100-continue\r\nContent-Length: 2\r\n`),
  );
  await connection.until("HTTP/1.1 100 Continue\r\n\r\n");
  await connection.write("{}");
  const [interim, final] = await connection.responses(2);
  assert.deepEqual([interim.status, final.status], [100, 201]);

  const refused = await open();
  await refused.write(
    request(
      "POST /api/v1/sessions",
      "Content-Type: text/plain\r\n" + "Expect: 100-continue\r\nContent-Length: 2\r\n",
    ),
  );
  const [response] = await refused.responses(1);
  assertProblem(response, { status: 415, code: "unsupported_media", field: "Content-Type" });
  await refused.closed();
  connection.destroy();
});

test("no 100 for a body that is there already", async () => {
  const [response] = await exchange(
    server,
    request(
      "POST /api/v1/sessions",
      `${JSON_BODY}Expect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n`,
      "{}",
    ),
  );
  assert.equal(response.status, 201);
});

test("E2 bodies up to the limit are taken, above it refused, announced or not", async () => {
  const visitor = await Visitor.start(server);
  const post = async (fields, body) => {
    const bytes = request(
      "POST /api/v1/chat",
      `${JSON_BODY}Authorization: Bearer ${visitor.token}\r\n` + `Connection: close\r\n${fields}`,
      body,
    );
    return (await exchange(server, bytes))[0];
  };
  const bodyOf = (size) => JSON.stringify({ message: "hello" }).padEnd(size, " ");
  const chunks = (body) =>
    body
      .match(/[^]{1,1000}/g)
      .map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`)
      .join("");
  for (const size of [4095, 4096]) {
    const announced = await post(`Content-Length: ${size}\r\n`, bodyOf(size));
    assert.equal(announced.status, 200, announced.text);
    const counted = await post(
      "Transfer-Encoding: chunked\r\n",
      `${chunks(bodyOf(size))}0\r\n\r\n`,
    );
    assert.equal(counted.status, 200, counted.text);
  }
  const announced = await post("Content-Length: 4097\r\n", "");
  assertProblem(announced, { status: 413, code: "too_large", field: "Content-Length" });
  const huge = await post("Content-Length: 99999999999\r\n", "");
  assertProblem(huge, { status: 413, code: "too_large" });
  const counted = await post("Transfer-Encoding: chunked\r\n", chunks(bodyOf(4097)));
  assertProblem(counted, { status: 413, code: "too_large" });
  const claimed = await post("Transfer-Encoding: chunked\r\n", `ffffff\r\n${bodyOf(5000)}`);
  assertProblem(claimed, { status: 413, code: "too_large" });
});

test("a head that comes too slowly gets 408 and the connection is closed", async () => {
  const connection = await open();
  await connection.write(`GET /api/v1/site HTTP/1.1\r\n${H}X-Slow: `);
  await connection.closed();
  const [response] = await connection.responses(1);
  assertProblem(response, { status: 408, code: "deadline_exceeded" });
});

test("a head that comes byte by byte does not push its deadline away", async () => {
  const connection = await open();
  const drip = setInterval(() => connection.socket.write("x"), 50);
  await connection.write(`GET /api/v1/site HTTP/1.1\r\n${H}X-Slow: `);
  await connection.closed(3_000).finally(() => clearInterval(drip));
  assert.equal((await connection.responses(1))[0].status, 408);
});

test("a body that comes too slowly gets 408 and the connection is closed", async () => {
  const connection = await open();
  await connection.write(
    request("POST /api/v1/sessions", `${JSON_BODY}Content-Length: 9\r\n`, "{"),
  );
  await connection.closed();
  assertProblem((await connection.responses(1))[0], { status: 408, code: "deadline_exceeded" });
});

test("a silent connection is closed without a word, before and between requests", async () => {
  const silent = await open();
  await silent.closed();
  assert.equal(silent.received.length, 0);
  const used = await open();
  await used.write(request("GET /api/v1/site"));
  await used.closed();
  assert.equal((await used.responses(1)).length, 1);
  used.destroy();
});

test("a client that has said all it will say gets all its answers", async () => {
  const responses = await exchange(server, request("GET /api/v1/site") + request("GET /healthz"), {
    finish: true,
  });
  assert.deepEqual(
    responses.map(({ status }) => status),
    [200, 200],
  );
});

test("a client that leaves in the middle of a head or body is no error", async () => {
  for (const part of [
    `GET /api/v1/site HTTP/1.1\r\n${H}`,
    request("POST /api/v1/sessions", `${JSON_BODY}Content-Length: 9\r\n`, "{"),
  ]) {
    const connection = await open();
    await connection.write(part);
    connection.socket.resetAndDestroy();
  }
  assert.equal((await send(server, "/readyz")).status, 200);
});

test("RFC 9110 6.6.1: responses carry the date", async () => {
  for (const path of ["/", "/healthz", "/nothing"]) {
    const { headers } = await send(server, { path, from: server.nextAddress() });
    const seconds = Math.abs(Date.parse(headers.date) - Date.now()) / 1000;
    assert.ok(seconds < 5, `Date of ${path}: ${headers.date}`);
  }
});

test("one address opens so many connections and no more; others are not in its way", async (t) => {
  const env = { GATEHOUSE_CONNECTIONS_PER_PREFIX_MAX: "3", GATEHOUSE_TRUSTED_PROXIES: "127.8.8.8" };
  const own = await startServer(t, { env });
  const crowd = [];
  for (let i = 0; i < 3; i += 1) crowd.push(await RawConnection.open(own, { from: "127.6.6.6" }));
  await crowd[2].write(request("GET /healthz"));
  await crowd[2].responses(1);
  const surplus = await RawConnection.open(own, { from: "127.6.6.6" });
  await surplus.closed();
  assert.equal(surplus.received.length, 0);
  assert.equal((await send(own, { path: "/healthz", from: "127.6.6.7" })).status, 200);
  const proxied = await Promise.all(
    Array.from({ length: 6 }, () => send(own, { path: "/healthz", from: "127.8.8.8" })),
  );
  assert.ok(
    proxied.every(({ status }) => status === 200),
    "proxies speak for many",
  );
  crowd[0].destroy();
  await eventually(
    async () =>
      (await send(own, { path: "/healthz", from: "127.6.6.6" }).catch(() => ({}))).status === 200,
    "a place to be free again",
  );
  for (const each of crowd) each.destroy();
});

test("a client that takes none of its answers is let go", async (t) => {
  const own = await startServer(t, { env: { GATEHOUSE_WRITE_TIMEOUT_MS: "300" } });
  const active = async () => {
    const response = await send(own, {
      path: "/metrics",
      from: own.nextAddress(),
      headers: { Accept: "application/json" },
    });
    return response.json.connections.active;
  };
  const connection = await RawConnection.open(own);
  connection.socket.pause();
  connection.socket.write(request("GET /widget.js").repeat(500));
  await eventually(async () => (await active()) === 2, "the connection to be counted");
  await eventually(async () => (await active()) === 1, "the connection to be closed");
  connection.destroy();
});
