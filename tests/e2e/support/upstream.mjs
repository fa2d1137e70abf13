// A backend with OpenAI's chat API that does what a test's script says, and remembers what it saw.
// The first word of the last user message chooses the script: "slow one" runs the script "slow".
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { SCRIPTS } from "./scripts.mjs";
import { Arrivals, deferred, within } from "./waiting.mjs";

export const UPSTREAM_KEY = "upstream-test-key-0123456789";

export class Upstream {
  requests = new Arrivals();
  /** What a strict backend would have refused. */
  violations = [];
  scripts = { ...SCRIPTS };
  #gates = new Map();
  #server = createServer((request, response) => void this.#serve(request, response));

  static async start(t) {
    const upstream = new Upstream();
    await new Promise((resolve) => upstream.#server.listen(0, "127.0.0.1", resolve));
    upstream.url = `http://127.0.0.1:${upstream.#server.address().port}/v1`;
    t?.after(() => {
      upstream.close();
      assert.deepEqual(upstream.violations, [], "what the backend was sent");
    });
    return upstream;
  }

  /** What the server needs to know of this backend, which may fail on purpose many times. */
  get env() {
    return {
      OPENAI_BASE_URL: this.url,
      OPENAI_API_KEY: UPSTREAM_KEY,
      OPENAI_MODEL: "test-model",
      GATEHOUSE_ROUTE_FAILURES_MAX: "0",
    };
  }

  close() {
    this.#server.close();
    this.#server.closeAllConnections();
    for (const { promise, resolve } of this.#gates.values()) resolve(promise);
  }

  /** A script waits at a gate until a test opens it. */
  gate(name) {
    if (!this.#gates.has(name)) this.#gates.set(name, deferred());
    return this.#gates.get(name);
  }

  open(name) {
    this.gate(name).resolve();
  }

  /** The request whose last user message is that text, when it comes. */
  asked(text) {
    return this.requests.first((exchange) => exchange.question === text, `the question "${text}"`);
  }

  count(text) {
    return this.requests.items.filter(({ question }) => question === text).length;
  }

  async #serve(request, response) {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const text = Buffer.concat(pieces).toString();
    const body = this.#check(request, text);
    if (!body) return response.writeHead(400).end();
    const exchange = new Exchange(this, request, response, body);
    const script = this.scripts[exchange.question.split(" ")[0]] ?? this.scripts.echo;
    this.requests.add(exchange);
    try {
      await script(exchange);
    } catch (error) {
      if (!exchange.wasClosedEarly) this.violations.push(String(error));
    }
  }

  #check(request, text) {
    const { headers, method, url } = request;
    const wrong = (what) => this.violations.push(`${what}: ${method} ${url} ${text.slice(0, 200)}`);
    if (method !== "POST" || url !== "/v1/chat/completions") wrong("an unknown call");
    if (!/^application\/json\b/.test(headers["content-type"] ?? "")) wrong("not JSON");
    if (Number(headers["content-length"]) !== Buffer.byteLength(text)) wrong("a wrong length");
    if (headers.authorization !== `Bearer ${UPSTREAM_KEY}`) wrong("a wrong key");
    if (headers.cookie !== undefined) wrong("a visitor's cookie");
    let body = null;
    try {
      body = JSON.parse(text);
    } catch {
      wrong("malformed JSON");
      return null;
    }
    if (typeof body.model !== "string" || body.model === "") wrong("no model");
    if (!Array.isArray(body.messages) || body.messages.length === 0) wrong("no messages");
    return body;
  }
}

/** One question with its answer under way. */
export class Exchange {
  wasClosedEarly = false;
  #closed = deferred();
  #hasEnded = false;

  constructor(upstream, request, response, body) {
    Object.assign(this, { upstream, request, response, body, headers: request.headers });
    const asked = body.messages.filter(({ role }) => role === "user").at(-1)?.content ?? "";
    this.question = typeof asked === "string" ? asked : asked.map(({ text }) => text).join("");
    response.on("error", () => {});
    response.on("close", () => {
      this.wasClosedEarly = !this.#hasEnded;
      this.#closed.resolve(this.wasClosedEarly);
    });
  }

  /** Resolves to true when the client left before the answer was whole. */
  closed() {
    return within(this.#closed.promise, `the backend to be left (${this.question})`);
  }

  gate(name) {
    return Promise.race([this.upstream.gate(name).promise, this.#closed.promise]);
  }

  start({ status = 200, type = "text/event-stream", headers = {} } = {}) {
    this.response.writeHead(status, { "Content-Type": type, ...headers });
    this.response.flushHeaders();
    return this;
  }

  /** Resolves when the bytes have left this process. */
  async raw(bytes) {
    if (!this.response.writable || this.response.destroyed) return;
    const sent = new Promise((resolve) => this.response.write(bytes, resolve));
    await Promise.race([sent, this.#closed.promise]);
  }

  chunk(choices, more = {}) {
    const { model } = this.body;
    return {
      id: "chatcmpl-fake",
      object: "chat.completion.chunk",
      created: 1_700_000_000,
      model,
      choices,
      ...more,
    };
  }

  event(object) {
    return this.raw(`data: ${JSON.stringify(object)}\n\n`);
  }

  delta(delta, { choice = 0, finish = null } = {}) {
    return this.event(this.chunk([{ index: choice, delta, finish_reason: finish }]));
  }

  say(text, choice = 0) {
    return this.delta({ content: text }, { choice });
  }

  finish(reason = "stop", choice = 0) {
    return this.delta({}, { choice, finish: reason });
  }

  usage(usage = { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 }) {
    return this.event(this.chunk([], { usage }));
  }

  async done() {
    await this.raw("data: [DONE]\n\n");
    this.end();
  }

  end(bytes) {
    this.#hasEnded = true;
    this.response.end(bytes);
  }

  json(status, body, headers = {}) {
    this.start({ status, type: "application/json", headers });
    this.end(JSON.stringify(body));
  }

  /** Breaks the connection in the middle. */
  cut() {
    this.#hasEnded = true;
    this.response.destroy();
  }
}
