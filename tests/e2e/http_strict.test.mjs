// Malformed and hostile HTTP/1.1: refused with a reason, and the connection closed.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { assertProblem } from "./support/checks.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { exchange } from "./support/raw.mjs";
import { startServer } from "./support/server.mjs";

const later = untilFileEnds();
let server;
before(async () => {
  server = await startServer(later);
});

const H = "Host: localhost\r\n";
const get = (fields, line = "GET /api/v1/site HTTP/1.1") => `${line}\r\n${fields}\r\n`;
/** A post to a route that reads its body. */
const post = (fields, body = "", line = "POST /api/v1/sessions HTTP/1.1") =>
  `${line}\r\n${H}Content-Type: application/json\r\n${fields}\r\n${body}`;
const chunked = (body) => post("Transfer-Encoding: chunked\r\n", body);
const fields = (count, value = "v") =>
  Array.from({ length: count }, (_, i) => `X-${i}: ${value}\r\n`).join("");

/** After this the bytes of a smuggled request follow: they must never be answered. */
const SMUGGLED = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

const FRAMING = {
  "Content-Length and Transfer-Encoding": post(
    "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
    `0\r\n\r\n${SMUGGLED}`,
  ),
  "Transfer-Encoding and Content-Length": post(
    "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
    `0\r\n\r\n${SMUGGLED}`,
  ),
  "two equal Content-Lengths": post("Content-Length: 2\r\nContent-Length: 2\r\n", "{}"),
  "two different Content-Lengths": post("Content-Length: 2\r\nContent-Length: 0\r\n", "{}"),
  "a list as Content-Length": post("Content-Length: 2, 2\r\n", "{}"),
  "a signed Content-Length": post("Content-Length: +2\r\n", "{}"),
  "a negative Content-Length": post("Content-Length: -2\r\n", "{}"),
  "a hexadecimal Content-Length": post("Content-Length: 0x2\r\n", "{}"),
  "an empty Content-Length": post("Content-Length:\r\n", "{}"),
  "a Content-Length of 20 digits": post("Content-Length: 18446744073709551618\r\n", "{}"),
  "a decimal Content-Length": post("Content-Length: 2.0\r\n", "{}"),
  "a Content-Length with a gap": post("Content-Length: 1 1\r\n", "{}"),
  "two Transfer-Encodings": post(
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    "0\r\n\r\n",
  ),
  "chunked in HTTP/1.0": post(
    "Transfer-Encoding: chunked\r\n",
    "0\r\n\r\n",
    "POST /api/v1/sessions HTTP/1.0",
  ),
  "a chunk size that is no number": chunked("zz\r\n{}\r\n0\r\n\r\n"),
  "an empty chunk size": chunked("\r\n{}\r\n0\r\n\r\n"),
  "a negative chunk size": chunked("-2\r\n{}\r\n0\r\n\r\n"),
  "a chunk size with 0x": chunked("0x2\r\n{}\r\n0\r\n\r\n"),
  "a chunk size with a blank before it": chunked(" 2\r\n{}\r\n0\r\n\r\n"),
  "a chunk size with a blank behind it": chunked("2 \r\n{}\r\n0\r\n\r\n"),
  "a chunk size of 17 digits": chunked("10000000000000002\r\n{}\r\n0\r\n\r\n"),
  "a chunk longer than its size": chunked("1\r\n{}\r\n0\r\n\r\n"),
  "a chunk size that ends with a bare line feed": chunked("2\n{}\r\n0\r\n\r\n"),
  "a chunk that ends with a bare line feed": chunked("2\r\n{}\n0\r\n\r\n"),
  "a chunk extension with a bare line feed": chunked("2;a\nb\r\n{}\r\n0\r\n\r\n"),
  "a chunk extension of 5000 bytes": chunked(`2;${"a".repeat(5000)}\r\n{}\r\n0\r\n\r\n`),
  "trailers of 5000 bytes": chunked(`2\r\n{}\r\n0\r\nX: ${"a".repeat(5000)}\r\n\r\n`),
  "a trailer with a NUL": chunked("2\r\n{}\r\n0\r\nX: \0\r\n\r\n"),
};

const HEADS = {
  "a folded field": get(`${H}X-A: b\r\n c\r\n`),
  "a fold before the first field": get(` X-A: b\r\n${H}`),
  "lines with bare line feeds": "GET /api/v1/site HTTP/1.1\nHost: localhost\n\n",
  "one bare line feed": `GET /api/v1/site HTTP/1.1\r\n${H}X-A: b\nX-B: c\r\n\r\n`,
  "a bare carriage return in a value": get(`${H}X-A: b\rc\r\n`),
  "a bare carriage return as the end": get(`${H}X-A: b\rX-B: c\r\n`),
  "two Hosts": get(`${H}${H}`),
  "two different Hosts": get(`${H}Host: other\r\n`),
  "no Host": get("X-A: b\r\n"),
  "an empty Host": get("Host:\r\n"),
  "a Host with a user": get("Host: a@localhost\r\n"),
  "a Host with a path": get("Host: localhost/x\r\n"),
  "a Host with a blank": get("Host: local host\r\n"),
  "a Host with a list": get("Host: localhost, other\r\n"),
  "a Host with a port too high": get("Host: localhost:70000\r\n"),
  "a Host with a port that is no number": get("Host: localhost:x\r\n"),
  "a NUL in a value": get(`${H}X-A: b\0c\r\n`),
  "a NUL in a name": get(`${H}X-\0A: b\r\n`),
  "a control character in a value": get(`${H}X-A: b\x01c\r\n`),
  "a DEL in a value": get(`${H}X-A: b\x7fc\r\n`),
  "a blank before the colon": get(`${H}X-A : b\r\n`),
  "a tab before the colon": get("Host\t: localhost\r\n"),
  "a field without a name": get(`${H}: b\r\n`),
  "a field without a colon": get(`${H}X-A\r\n`),
  "a name with a bracket": get(`${H}X-A(: b\r\n`),
  "a name outside ASCII": get(Buffer.from(`${H}Xé: b\r\n`, "utf8").toString("latin1")),
  "an empty request line": `\r\n\r\n${H}\r\n`,
  "a request line of one word": get(H, "GET"),
  "a request line without a version": get(H, "GET /api/v1/site"),
  "two blanks in the request line": get(H, "GET  /api/v1/site HTTP/1.1"),
  "a tab in the request line": get(H, "GET\t/api/v1/site HTTP/1.1"),
  "a blank behind the version": get(H, "GET /api/v1/site HTTP/1.1 "),
  "a blank before the method": get(H, " GET /api/v1/site HTTP/1.1"),
  "a version in lower case": get(H, "GET /api/v1/site http/1.1"),
  "a version of three digits": get(H, "GET /api/v1/site HTTP/1.10"),
  "no protocol name": get(H, "GET /api/v1/site XYZ/1.1"),
  "a method with a slash": get(H, "GE/T /api/v1/site HTTP/1.1"),
  "an address without a slash": get(H, "GET api/v1/site HTTP/1.1"),
  "an address with a fragment": get(H, "GET /api/v1/site#x HTTP/1.1"),
  "an address with a control character": get(H, "GET /api\x01 HTTP/1.1"),
  "an address outside ASCII": get(H, "GET /caf\xe9 HTTP/1.1"),
  "an address with another host": get(H, "GET http://other/api/v1/site HTTP/1.1"),
  "an address of another scheme": get(H, "GET ftp://localhost/ HTTP/1.1"),
  "an asterisk for GET": get(H, "GET * HTTP/1.1"),
  "the first bytes of TLS": "\x16\x03\x01\x02\x00\x01\r\n\r\n",
};

const OTHERS = {
  "101 header fields": [431, get(H + fields(100))],
  "a head of more than 16 KB": [431, get(H + fields(40, "v".repeat(500)))],
  "a field of more than 16 KB": [431, get(`${H}X-A: ${"v".repeat(17_000)}\r\n`)],
  "a head that never ends": [
    431,
    `GET /api/v1/site HTTP/1.1\r\n${H}${fields(60, "v".repeat(400))}`,
  ],
  "an address of more than 8 KB": [414, get(H, `GET /${"a".repeat(8200)} HTTP/1.1`)],
  "HTTP/2.0 in words": [505, get(H, "GET /api/v1/site HTTP/2.0")],
  "the preface of HTTP/2": [505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  "HTTP/0.9 in words": [505, get(H, "GET /api/v1/site HTTP/0.9")],
  "an unknown transfer coding": [501, post("Transfer-Encoding: gzip\r\n", "0\r\n\r\n")],
  "two transfer codings": [501, post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")],
  "a transfer coding that looks like chunked": [501, post("Transfer-Encoding: xchunked\r\n")],
  "chunked twice": [501, post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n")],
  "chunked with a vertical tab": [400, post("Transfer-Encoding: \x0bchunked\r\n", "0\r\n\r\n")],
  "no Host in HTTP/1.0: nobody says which site is meant": [403, get("", "GET / HTTP/1.0")],
  "an unknown expectation": [417, post("Expect: 200-ok\r\nContent-Length: 2\r\n", "{}")],
};

async function assertRefused(bytes, status) {
  const responses = await exchange(server, Buffer.from(bytes, "latin1"), {
    from: server.nextAddress(),
  });
  assert.equal(responses.length, 1, `answers: ${responses.map((each) => each.status)}`);
  const [response] = responses;
  assertProblem(response, { status });
  assert.equal(response.headers.connection, "close");
  return response;
}

const PARALLEL = { concurrency: 8 };

describe("framing: two ways to read one message are refused", PARALLEL, () => {
  for (const [name, bytes] of Object.entries(FRAMING)) {
    test(`400 and closed: ${name}`, () => assertRefused(bytes, 400));
  }
});

describe("heads: what HTTP/1.1 doesn't allow is refused", PARALLEL, () => {
  for (const [name, bytes] of Object.entries(HEADS)) {
    test(`400 and closed: ${name}`, () => assertRefused(bytes, 400));
  }
});

describe("limits of a head and words of HTTP that are not spoken", PARALLEL, () => {
  for (const [name, [status, bytes]] of Object.entries(OTHERS)) {
    test(`${status} and closed: ${name}`, () => assertRefused(bytes, status));
  }
});

describe("what is allowed and rare is accepted", PARALLEL, () => {
  const CLOSE = "Connection: close\r\n";
  const ALLOWED = {
    "100 header fields": [200, get(H + CLOSE + fields(98))],
    "a head of just under 16 KB": [200, get(`${H}${CLOSE}X-A: ${"v".repeat(16_250)}\r\n`)],
    "an address of 8 KB": [404, get(H + CLOSE, `GET /${"a".repeat(8191)} HTTP/1.1`)],
    "an address with its own host": [
      200,
      get(H + CLOSE, "GET http://localhost/api/v1/site HTTP/1.1"),
    ],
    "one empty line before the request": [200, `\r\n${get(H + CLOSE)}`],
    "names in any case": [200, get("hOsT: localhost\r\ncOnNeCtIoN: CLOSE\r\n")],
    "blanks around a value": [200, get("Host: \t localhost \t \r\nConnection:close\r\n")],
    "an empty value": [200, get(`${H}${CLOSE}X-A:\r\n`)],
    "bytes above ASCII in a value": [200, get(`${H}${CLOSE}X-A: caf\xe9\r\n`)],
    "a host with a port": [200, get(`Host: localhost:8080\r\n${CLOSE}`)],
    "HTTP/1.0 with a Host": [200, get(H, "GET /healthz HTTP/1.0")],
    "chunk sizes in any case, extensions, trailers": [
      201,
      post(
        `${CLOSE}Transfer-Encoding: Chunked\r\n`,
        '0001;a=b;c="d"\r\n{\r\n1\r\n}\r\n000;e\r\nX-Trailer: a\r\nContent-Length: 9\r\n\r\n',
      ),
    ],
    "an empty chunked body": [201, post(`${CLOSE}Transfer-Encoding: chunked\r\n`, "0\r\n\r\n")],
    "a Content-Length with zeros in front": [201, post(`${CLOSE}Content-Length: 0002\r\n`, "{}")],
  };
  for (const [name, [status, bytes]] of Object.entries(ALLOWED)) {
    test(`${status}: ${name}`, async () => {
      const responses = await exchange(server, Buffer.from(bytes, "latin1"), {
        from: server.nextAddress(),
      });
      assert.deepEqual(
        responses.map((each) => each.status),
        [status],
        responses[0]?.text,
      );
    });
  }
});

test("the server is well after all of it", async () => {
  const responses = await exchange(
    server,
    get(`${H}Connection: close\r\n`, "GET /readyz HTTP/1.1"),
  );
  assert.equal(responses[0].status, 200);
});
