// WebSockets: a client of the chat over the npm package `ws`, and one that writes frames as bytes.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import WebSocket from "ws";
import { RawConnection } from "./raw.mjs";
import { deferred, within } from "./waiting.mjs";

export const WS_PATH = "/api/v1/ws";
export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 };

/** The chat over a socket: what came is waited for, frame by frame. */
export class ChatSocket {
  frames = [];
  pings = 0;
  closed = deferred();
  #changed = deferred();

  /** Resolves when it is open; rejects with the response's status where it was refused. */
  static async open(server, options = {}) {
    const { from, token, path = WS_PATH, headers = {}, ...more } = options;
    const authorization = token === undefined ? {} : { Authorization: `Bearer ${token}` };
    const url = `${server.url.replace("http", "ws")}${path}`;
    const socket = new WebSocket(url, {
      localAddress: from,
      rejectUnauthorized: false,
      headers: { ...authorization, ...headers },
      ...more,
    });
    const opened = new Promise((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
      socket.once("unexpected-response", (_, response) => {
        const error = new Error(`refused with ${response.statusCode}`);
        reject(Object.assign(error, { status: response.statusCode, headers: response.headers }));
        response.destroy();
      });
    });
    const client = new ChatSocket(socket);
    await within(opened, "a WebSocket to open");
    return client;
  }

  constructor(socket) {
    this.socket = socket;
    socket.on("message", (data, isBinary) => {
      assert.ok(!isBinary, "all frames are text");
      this.frames.push(JSON.parse(data.toString()));
      this.#change();
    });
    socket.on("ping", () => (this.pings += 1));
    socket.on("error", (error) => (this.error = error));
    socket.on("close", (code, reason) => {
      this.closed.resolve({ code, reason: reason.toString() });
      this.isClosed = true;
      this.#change();
    });
  }

  #change() {
    this.#changed.resolve();
    this.#changed = deferred();
  }

  send(command) {
    this.socket.send(JSON.stringify(command));
  }

  message(message, more = {}) {
    this.send({ type: "message", message, ...more });
  }

  /** The next frame, or null when the socket is closed. */
  async next() {
    while (this.frames.length === 0) {
      if (this.isClosed) return null;
      await within(this.#changed.promise, "a frame");
    }
    return this.frames.shift();
  }

  /** The frames up to the first of that type, it included. */
  async until(type) {
    const seen = [];
    for (let frame = await this.next(); frame; frame = await this.next()) {
      seen.push(frame);
      if (frame.type === type) return seen;
    }
    throw new Error(`closed before ${type}: ${JSON.stringify(seen)}`);
  }

  async take(count) {
    const seen = [];
    while (seen.length < count) seen.push(await this.next());
    return seen;
  }

  async problem() {
    const frame = await this.next();
    assert.equal(frame?.type, "error", JSON.stringify(frame));
    return frame;
  }

  /** A ping of the chat and its answer, which shows that all before it was read. */
  async echo(ref = "echo") {
    this.send({ type: "ping", ref });
    const frame = await this.next();
    assert.deepEqual(frame, { type: "pong", ref });
  }

  hasClosed(patienceMs) {
    return within(this.closed.promise, "the socket to close", patienceMs);
  }

  /** The line breaks: no close is said. */
  cut() {
    this.socket.terminate();
  }

  async close(code = 1000) {
    this.socket.close(code);
    return this.hasClosed();
  }
}

/** One frame of a client. */
export function frame(payload, { opcode = OPCODE.text, fin = true, rsv = 0, masked = true } = {}) {
  const bytes = Buffer.from(payload);
  const flag = masked ? 0x80 : 0;
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  let head;
  if (bytes.length <= 125) {
    head = Buffer.from([first, flag | bytes.length]);
  } else if (bytes.length <= 0xffff) {
    head = Buffer.from([first, flag | 126, bytes.length >> 8, bytes.length & 0xff]);
  } else {
    head = Buffer.alloc(10);
    head.set([first, flag | 127]);
    head.writeBigUInt64BE(BigInt(bytes.length), 2);
  }
  if (!masked) return Buffer.concat([head, bytes]);
  const mask = randomBytes(4);
  return Buffer.concat([head, mask, bytes.map((byte, i) => byte ^ mask[i % 4])]);
}

export function closeFrame(code, reason = "") {
  const payload = Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]);
  return frame(payload, { opcode: OPCODE.close });
}

/** Frames as bytes in both directions, read strictly. */
export class RawSocket {
  #at = 0;

  static async open(server, { from, token, path = WS_PATH, headers = {}, behind = "" } = {}) {
    const connection = await RawConnection.open(server, { from });
    const fields = {
      Host: server.host,
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...headers,
    };
    const lines = Object.entries(fields)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => `${name}: ${value}\r\n`);
    const head = Buffer.from(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
    await connection.write(Buffer.concat([head, Buffer.from(behind)]));
    await connection.until("\r\n\r\n");
    return new RawSocket(connection);
  }

  constructor(connection) {
    this.connection = connection;
    const end = connection.received.indexOf("\r\n\r\n");
    this.head = connection.received.subarray(0, end).toString();
    this.status = Number(this.head.slice(9, 12));
    this.#at = end + 4;
  }

  write(bytes) {
    return this.connection.write(bytes);
  }

  /** Writes in pieces that arrive one by one. */
  async chop(bytes, size) {
    for (let at = 0; at < bytes.length; at += size) {
      await this.write(bytes.subarray(at, at + size));
      await new Promise(setImmediate);
    }
  }

  #read() {
    const bytes = this.connection.received.subarray(this.#at);
    if (bytes.length < 2) return null;
    const masked = (bytes[1] & 0x80) !== 0;
    assert.ok(!masked, "a server's frames are bare");
    assert.equal(bytes[0] & 0x30, 0, "reserved bits");
    const short = bytes[1] & 0x7f;
    const start = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (bytes.length < start) return null;
    let length = short;
    if (short === 126) length = bytes.readUInt16BE(2);
    if (short === 127) length = Number(bytes.readBigUInt64BE(2));
    if (bytes.length < start + length) return null;
    const payload = bytes.subarray(start, start + length);
    this.#at += start + length;
    const read = { fin: bytes[0] >> 7, opcode: bytes[0] & 0x0f, payload };
    if (read.opcode === OPCODE.close && length >= 2) {
      read.code = payload.readUInt16BE(0);
      read.reason = payload.subarray(2).toString();
    }
    return read;
  }

  /** The next frame; null when the server has closed the connection. */
  async next(patienceMs = 8000) {
    const end = Date.now() + patienceMs;
    while (true) {
      const read = this.#read();
      if (read) return read;
      if (this.connection.isClosed) return null;
      assert.ok(Date.now() < end, `waited ${patienceMs} ms for a frame`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  async json() {
    const read = await this.next();
    assert.equal(read?.opcode, OPCODE.text, JSON.stringify(read));
    return JSON.parse(read.payload.toString());
  }

  /** Both the close and the end of the connection, with nothing between them. */
  async closes(code) {
    const read = await this.next();
    assert.equal(read?.opcode, OPCODE.close, JSON.stringify(read));
    assert.equal(read.code, code, read.reason);
    assert.equal(await this.next(), null, "nothing comes after a close");
    this.connection.destroy();
    return read;
  }

  async echoes(ref = "x") {
    await this.write(frame(JSON.stringify({ type: "ping", ref })));
    assert.deepEqual(await this.json(), { type: "pong", ref });
  }

  destroy() {
    this.connection.destroy();
  }
}
