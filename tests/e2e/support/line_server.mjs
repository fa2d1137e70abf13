// A stand-in of LINE's Messaging API that is as strict as its reference says:
// https://developers.line.biz/en/reference/messaging-api/ ("#…" in the files beside is of it).
import assert from "node:assert/strict";
import { randomBytes, randomInt, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { API_ROUTES, DATA_ROUTES } from "./line_calls.mjs";
import { LineContents } from "./line_contents.mjs";
import { makeUserId } from "./line_events.mjs";
import { LinePeople } from "./line_people.mjs";
import { Refusal, refuseDetails } from "./line_refusal.mjs";
import { LineSending } from "./line_sending.mjs";
import { findLoneSurrogates } from "./line_shapes.mjs";
import { LineWebhook } from "./line_webhook.mjs";
import { Arrivals, within } from "./waiting.mjs";

const BODY_BYTES_MAX = 2 * 1024 * 1024;
const JSON_TYPE = "application/json";
const SECOND_MS = 1000;
const TOO_OFTEN = "The API rate limit has been exceeded. Try again later.";
/** What fails keeps all later tasks from cleaning up, and only Node 20 takes tasks that late. */
const CAN_SPEAK_LAST = Number(process.versions.node.split(".")[0]) >= 20;

/**
 * One channel on two hosts, as LINE has them. Only what it accepted is kept in `sent`, `loadings`
 * and `reads`. A test whose bot made a mistake fails at its end, unless it cleared `mistakes`.
 */
export class LineServer {
  channel = {
    id: String(randomInt(1e9, 2e9)),
    secret: randomBytes(16).toString("hex"),
    accessToken: randomBytes(96).toString("base64"),
    botUserId: makeUserId(),
    basicId: "@216gatehouse",
    displayName: "Gatehouse",
    chatMode: "chat",
  };
  people = new LinePeople();
  contents = new LineContents();
  sending = new LineSending(this.people, () => this.nowMs());
  webhook = new LineWebhook(this.channel, (event) => this.#see(event));
  loadings = new Arrivals();
  reads = new Arrivals();
  readTokens = new Map();
  /** What was asked in the right form, also where it was refused or made to fail. */
  calls = new Arrivals();
  /** What was refused, and why: `{name, status, message, details, body}`. */
  refused = new Arrivals();
  /** What a right bot never asks. Bad luck (a dead token, 409, 429) is none. */
  mistakes = [];
  /** Calls per second by name: #rate-limits. */
  ratesMax = { default: 2000, loading: 100 };
  #aheadMs = 0;
  #faults = [];
  #times = new Map();
  #api = createServer((...pair) => void this.#serve(API_ROUTES, ...pair));
  #data = createServer((...pair) => void this.#serve(DATA_ROUTES, ...pair));

  static async start(t, { webhookUrl = null } = {}) {
    const line = new LineServer();
    line.webhook.url = webhookUrl;
    for (const [name, http] of [
      ["url", line.#api],
      ["dataUrl", line.#data],
    ]) {
      http.listen(0, "127.0.0.1");
      await once(http, "listening");
      line[name] = `http://127.0.0.1:${http.address().port}`;
    }
    t.after(() => {
      line.close();
      const check = () => assert.deepEqual(line.mistakes, [], "what LINE was sent");
      return CAN_SPEAK_LAST ? t.after(check) : check();
    });
    return line;
  }

  get env() {
    return {
      LINE_CHANNEL_SECRET: this.channel.secret,
      LINE_CHANNEL_ACCESS_TOKEN: this.channel.accessToken,
    };
  }

  get sent() {
    return this.sending.sent.items;
  }

  close() {
    for (const http of [this.#api, this.#data]) {
      http.close();
      http.closeAllConnections();
    }
  }

  nowMs() {
    return Date.now() + this.#aheadMs;
  }

  /** LINE's clock goes on; the bot's doesn't. */
  advance(ms) {
    this.#aheadMs += ms;
  }

  deliver(events, options) {
    return this.webhook.deliver([events].flat(), options);
  }

  redeliver(delivery, options) {
    return this.webhook.redeliver(delivery, options);
  }

  /** All that was accepted, once it is that much. */
  async untilSent(count, patienceMs) {
    await this.#untilMany(this.sending.sent, count, "sent", patienceMs);
    return this.sent;
  }

  /** All calls of a name that could be read, once they are that many. */
  async untilCalled(name, count, patienceMs) {
    const ofName = (call) => call.name === name;
    await this.#untilMany(this.calls, count, `called as ${name}`, patienceMs, ofName);
    return this.calls.items.filter(ofName);
  }

  async #untilMany(arrivals, count, what, patienceMs, fits = () => true) {
    const isLast = (item) => fits(item) && arrivals.items.filter(fits).length >= count;
    try {
      await arrivals.first(isLast, `${count} ${what}`, patienceMs);
    } catch (error) {
      error.message += `; refused: ${JSON.stringify(this.refused.items)}`;
      throw error;
    }
  }

  /**
   * The next `times` calls of that name go wrong: answered by `status` with `headers` (where
   * Retry-After may stand), or `hangs`, or `cuts` the connection. `isAccepted`: what was asked is
   * done all the same, and only the bot doesn't learn of it; content is cut in its middle.
   */
  misbehave(name, { times = 1, ...fault } = {}) {
    for (let count = 0; count < times; count++) this.#faults.push({ name, ...fault });
  }

  #see(event) {
    this.people.see(event, this.nowMs());
    this.contents.see(event);
    this.sending.see(event);
    const { markAsReadToken, id } = event.message ?? {};
    if (markAsReadToken) this.readTokens.set(markAsReadToken, id);
  }

  async #serve(routes, request, response) {
    const call = { requestId: randomUUID(), method: request.method, server: this };
    response.on("error", () => {});
    response.setHeader("X-Line-Request-Id", call.requestId);
    try {
      await this.#answer(routes, call, request, response);
    } catch (error) {
      if (request.errored) return;
      if (!(error instanceof Refusal)) this.mistakes.push(`the stand-in failed: ${error.stack}`);
      const refusal = error instanceof Refusal ? error : new Refusal(500, "Internal Server Error");
      this.#refuse(refusal, call, response);
    }
  }

  async #answer(routes, call, request, response) {
    const bytes = await readBody(request);
    Object.assign(call, this.#find(routes, request));
    const { route, name } = call;
    if (!route.isOpen) this.#authenticate(request.headers.authorization);
    call.retryKey = request.headers["x-line-retry-key"];
    if (call.retryKey !== undefined && !route.canRetry)
      throw new Refusal(400, "X-Line-Retry-Key is not supported", { isMistake: true });
    this.#count(name);
    if (route.check || route.isForm) this.#read(call, route, request.headers, bytes);
    const { retryKey, requestId, body, params } = call;
    this.calls.add({ name, retryKey, requestId, body, params, atMs: this.nowMs() });
    const fault = this.#takeFault(name);
    if (fault && !fault.isAccepted) return this.#fail(fault, response);
    const answer = await route.handle(call);
    if (fault) return this.#fail(fault, response, answer);
    response.writeHead(answer.status ?? 200, { "Content-Type": answer.mime ?? JSON_TYPE });
    response.end(answer.bytes ?? JSON.stringify(answer.body ?? {}));
  }

  #find(routes, request) {
    const { pathname: path } = new URL(request.url, "http://line");
    for (const route of routes) {
      const match = route.path.exec(path);
      if (match && route.method === request.method)
        return { route, name: route.name, path, params: match.slice(1).map(decodeURIComponent) };
    }
    throw new Refusal(404, `Not found: ${request.method} ${path}`, { isMistake: true });
  }

  #authenticate(authorization = "") {
    if (authorization === `Bearer ${this.channel.accessToken}`) return;
    const reason = authorization.startsWith("Bearer ") ? "invalid token" : "no token";
    throw new Refusal(
      401,
      `Authentication failed due to the following reason: ${reason}. Confirm that the access ` +
        "token in the authorization header is valid.",
    );
  }

  #count(name) {
    const nowMs = this.nowMs();
    const recent = (this.#times.get(name) ?? []).filter((at) => nowMs - at < SECOND_MS);
    this.#times.set(name, recent);
    if (recent.length >= (this.ratesMax[name] ?? this.ratesMax.default))
      throw new Refusal(429, TOO_OFTEN);
    recent.push(nowMs);
  }

  #takeFault(name) {
    const place = this.#faults.findIndex((fault) => fault.name === name);
    return place < 0 ? null : this.#faults.splice(place, 1)[0];
  }

  #fail({ hangs, cuts, status = 500, headers = {} }, response, { bytes = "", mime } = {}) {
    if (hangs) return;
    if (cuts && bytes.length === 0) return response.destroy();
    if (cuts) {
      response.writeHead(200, { "Content-Type": mime, "Content-Length": bytes.length });
      return response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
    }
    const message = status === 429 ? TOO_OFTEN : "Internal Server Error";
    response.writeHead(status, { "Content-Type": JSON_TYPE, ...headers });
    response.end(JSON.stringify({ message }));
  }

  #read(call, route, headers, bytes) {
    const wanted = route.isForm ? "application/x-www-form-urlencoded" : JSON_TYPE;
    const type = (headers["content-type"] ?? "").split(";")[0].trim().toLowerCase();
    if (type !== wanted)
      throw new Refusal(415, `The content type, ${type}, is not supported`, { isMistake: true });
    call.raw = readUtf8(bytes);
    call.body = route.isForm
      ? Object.fromEntries(new URLSearchParams(call.raw))
      : readJson(call.raw);
    const lone = findLoneSurrogates(call.body);
    const details = lone.map((property) => ({ message: "Lone surrogate", property }));
    if (!route.isForm) details.push(...this.#check(route.check, call));
    if (details.length === 0) return;
    throw refuseDetails(details);
  }

  #check(check, { name, body }) {
    const { errors, unknown } = check(body);
    for (const property of unknown) this.mistakes.push(`${name}: LINE knows no ${property}`);
    return errors;
  }

  #refuse({ status, body, headers, isMistake, message }, call, response) {
    const { name, raw = "" } = call;
    this.refused.add({ name, status, message, body: call.body, details: body.details });
    if (isMistake)
      this.mistakes.push(
        `${name ?? "?"}: ${status} ${JSON.stringify(body)} to ${raw.slice(0, 300)}`,
      );
    if (response.headersSent) return;
    response.writeHead(status, { "Content-Type": JSON_TYPE, ...headers });
    response.end(JSON.stringify(body));
  }
}

async function readBody(request) {
  const pieces = [];
  let size = 0;
  for await (const piece of request) {
    size += piece.length;
    if (size <= BODY_BYTES_MAX) pieces.push(piece);
  }
  if (size > BODY_BYTES_MAX) throw new Refusal(413, "Payload Too Large", { isMistake: true });
  return Buffer.concat(pieces);
}

const unreadable = () =>
  new Refusal(400, "The request body could not be parsed as JSON (line: -, column: -)", {
    isMistake: true,
  });

function readUtf8(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw unreadable();
  }
}

function readJson(raw) {
  try {
    return JSON.parse(raw);
  } catch {
    throw unreadable();
  }
}
