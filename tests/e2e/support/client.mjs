// Clients: plain requests, and a visitor with a session of its own.
import assert from "node:assert/strict";
import http from "node:http";
import https from "node:https";
import { EventStream } from "./sse.mjs";
import { within } from "./waiting.mjs";

function open(server, options) {
  const { method = "GET", path = "/", headers = {}, body, from, agent = false, ...more } = options;
  const payload =
    body === undefined || typeof body === "string" || Buffer.isBuffer(body)
      ? body
      : JSON.stringify(body);
  const { request } = server.isSecure ? https : http;
  const sent = request({
    host: "127.0.0.1",
    port: server.port,
    method,
    path,
    agent,
    localAddress: from,
    rejectUnauthorized: false,
    headers: {
      ...(payload === undefined
        ? {}
        : { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(payload) }),
      ...headers,
    },
    ...more,
  });
  const answered = new Promise((resolve, reject) => {
    sent.on("response", resolve);
    sent.on("error", reject);
  });
  sent.end(payload);
  return within(answered, `an answer to ${method} ${path}`, 15_000);
}

/** One request on a connection of its own, and its whole answer. */
export async function send(server, options) {
  const response = await open(server, typeof options === "string" ? { path: options } : options);
  const pieces = [];
  for await (const piece of response) pieces.push(piece);
  const body = Buffer.concat(pieces);
  const { statusCode: status, headers, rawHeaders } = response;
  return {
    status,
    headers,
    rawHeaders,
    body,
    text: body.toString(),
    get json() {
      return JSON.parse(this.text);
    },
  };
}

/** One request whose answer is a stream of events. */
export async function openStream(server, options) {
  const response = await open(server, options);
  const stream = new EventStream(response);
  if (response.statusCode !== 200) {
    await stream.all();
    assert.fail(`${response.statusCode} instead of a stream: ${stream.text}`);
  }
  assert.match(response.headers["content-type"], /^text\/event-stream/);
  return stream;
}

export class Visitor {
  /** What goes along with every request. */
  headers = {};

  constructor(server, from, { token, csrf_token: csrf, expires_at: expiresAt }) {
    Object.assign(this, { server, from, token, csrf, expiresAt });
    server.secrets.add(token).add(csrf);
  }

  static async start(server, from = server.nextAddress()) {
    const response = await send(server, { method: "POST", path: "/api/v1/sessions", from });
    assert.equal(response.status, 201, response.text);
    return new Visitor(server, from, response.json);
  }

  #options(method, path, body, headers = {}) {
    const { from, token } = this;
    const all = { Authorization: `Bearer ${token}`, ...this.headers, ...headers };
    return { method, path, body, from, headers: all };
  }

  call(method, path, body, headers) {
    return send(this.server, this.#options(method, path, body, headers));
  }

  /** Sends a message and waits for the whole reply. */
  chat(message, more = {}) {
    return this.call("POST", "/api/v1/chat", { message, ...more });
  }

  async answer(message, more) {
    const response = await this.chat(message, more);
    assert.equal(response.status, 200, response.text);
    return response.json;
  }

  stream(message, more = {}) {
    const body = { message, stream: true, ...more };
    return openStream(this.server, this.#options("POST", "/api/v1/chat", body));
  }

  events(id, lastEventId) {
    const headers = lastEventId === undefined ? {} : { "Last-Event-ID": lastEventId };
    const path = `/api/v1/conversations/${id}/events`;
    return openStream(this.server, this.#options("GET", path, undefined, headers));
  }

  async conversation(id) {
    const response = await this.call("GET", `/api/v1/conversations/${id}`);
    assert.equal(response.status, 200, response.text);
    return response.json;
  }

  stop(id) {
    return this.call("POST", `/api/v1/conversations/${id}/stop`);
  }

  remove(id) {
    return this.call("DELETE", `/api/v1/conversations/${id}`);
  }

  async reply(id) {
    return (await this.conversation(id)).messages.at(-1);
  }
}
