// HTTP as bytes: what no well-behaved client sends, and a strict reading of what comes back.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { deferred, within } from "./waiting.mjs";

export class RawConnection {
  received = Buffer.alloc(0);
  isClosed = false;
  #changed = deferred();
  #closed = deferred();

  static async open(server, { from, allowHalfOpen = true } = {}) {
    const socket = connect({
      host: "127.0.0.1",
      port: server.port,
      localAddress: from,
      allowHalfOpen,
    });
    socket.setNoDelay(true);
    await within(
      new Promise((resolve, reject) => {
        socket.once("connect", resolve);
        socket.once("error", reject);
      }),
      "a connection",
    );
    return new RawConnection(socket);
  }

  constructor(socket) {
    this.socket = socket;
    socket.on("data", (bytes) => {
      this.received = Buffer.concat([this.received, bytes]);
      this.#change();
    });
    socket.on("error", () => this.#end());
    socket.on("end", () => this.#end());
    socket.on("close", () => this.#end());
  }

  #change() {
    this.#changed.resolve();
    this.#changed = deferred();
  }

  #end() {
    this.isClosed = true;
    this.#closed.resolve();
    this.#change();
  }

  write(bytes) {
    return new Promise((resolve) => this.socket.write(bytes, () => resolve()));
  }

  /** No more from us; the other direction stays open. */
  finish() {
    this.socket.end();
  }

  destroy() {
    this.socket.destroy();
  }

  /** Resolves when the server has closed its side. */
  closed(patienceMs) {
    return within(this.#closed.promise, "the server to close the connection", patienceMs);
  }

  async until(text, patienceMs) {
    while (!this.received.includes(text)) {
      if (this.isClosed) assert.fail(`closed before ${JSON.stringify(text)}: ${this.received}`);
      await within(
        this.#changed.promise,
        `${JSON.stringify(text)}, got ${this.received}`,
        patienceMs,
      );
    }
  }

  /** The next `count` whole responses; `methods` tells which of them answer HEAD. */
  async responses(count, { methods = [], patienceMs } = {}) {
    while (true) {
      const read = readResponses(this.received, methods);
      if (read.length >= count) return read;
      assert.ok(!this.isClosed, `closed after ${read.length} of ${count}: ${this.received}`);
      await within(this.#changed.promise, `response ${read.length + 1} of ${count}`, patienceMs);
    }
  }
}

/** Sends bytes on a new connection and reads until the server closes it. */
export async function exchange(server, bytes, options = {}) {
  const connection = await RawConnection.open(server, options);
  await connection.write(bytes);
  if (options.finish) connection.finish();
  await connection.closed(options.patienceMs);
  connection.destroy();
  return readResponses(connection.received, options.methods ?? []);
}

/** The complete responses at the start of the bytes. Throws where they are not HTTP. */
export function readResponses(bytes, methods = []) {
  const responses = [];
  let rest = bytes;
  while (rest.length > 0) {
    const one = readResponse(rest, methods[responses.length] === "HEAD");
    if (!one) break;
    responses.push(one.response);
    rest = rest.subarray(one.length);
  }
  return responses;
}

function readResponse(bytes, isHead) {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return null;
  const [line, ...fields] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  const matched = /^HTTP\/1\.1 (\d{3}) [A-Za-z ]+$/.exec(line);
  assert.ok(matched, `a malformed status line: ${line}`);
  const status = Number(matched[1]);
  const headers = {};
  for (const field of fields) {
    const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?(.*)$/.exec(field) ?? [];
    assert.ok(name, `a malformed field: ${field}`);
    const key = name.toLowerCase();
    headers[key] = key in headers ? `${headers[key]}, ${value}` : value;
  }
  const rest = bytes.subarray(end + 4);
  const body = bodyOf(rest, status, headers, isHead);
  if (!body) return null;
  const response = { status, headers, body: body.content, text: body.content.toString() };
  return { response, length: end + 4 + body.length };
}

function bodyOf(bytes, status, headers, isHead) {
  const none = { content: Buffer.alloc(0), length: 0 };
  if (status < 200 || status === 204 || status === 304 || isHead) return none;
  if (headers["transfer-encoding"] === "chunked") return readChunks(bytes);
  assert.match(headers["content-length"] ?? "", /^\d+$/, "a response without framing");
  const length = Number(headers["content-length"]);
  return bytes.length < length ? null : { content: bytes.subarray(0, length), length };
}

function readChunks(bytes) {
  const pieces = [];
  for (let at = 0; ;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return null;
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString("latin1"), 16);
    assert.ok(size >= 0, "a malformed chunk");
    const end = lineEnd + 2 + size;
    if (bytes.length < end + 2) return null;
    assert.equal(bytes.subarray(end, end + 2).toString(), "\r\n");
    if (size === 0) return { content: Buffer.concat(pieces), length: end + 2 };
    pieces.push(bytes.subarray(lineEnd + 2, end));
    at = end + 2;
  }
}
