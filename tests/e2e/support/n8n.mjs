// A stand-in of n8n that answers as the real one did when it was asked (n8n 1.123), byte by byte,
// and is as strict. The first word of the message chooses the answer; tests/n8n asks a real one.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { Arrivals, deferred } from "./waiting.mjs";

const JSON_TYPE = { "Content-Type": "application/json; charset=utf-8" };
const TEXT_TYPE = { "Content-Type": "text/html; charset=utf-8" };
const STREAM = { ...JSON_TYPE, "Cache-Control": "no-cache" };
const REFUSAL = { "WWW-Authenticate": 'Basic realm="Webhook"' };
const STACK = "at LiveWebhooks.findWebhook (/opt/n8n/src/webhooks/live-webhooks.ts:189:10)";

const chunk = (type, content, { node = "d2", run = 0, name = "Respond" } = {}) => {
  const metadata = { nodeId: node, nodeName: name, itemIndex: 0, runIndex: run };
  const whole = { ...metadata, timestamp: 1795221500850 };
  const said = content === undefined ? {} : { content };
  return `${JSON.stringify({ type, ...said, metadata: whole })}\n`;
};
const json = (value, status = 200) => {
  return { status, headers: JSON_TYPE, pieces: [JSON.stringify(value)] };
};
const stream = (...pieces) => ({ status: 200, headers: STREAM, pieces });
const unknown = (message, hint) =>
  json({ code: 404, message, hint, stacktrace: `ResponseError: ${message}\n    ${STACK}` }, 404);

/** What is answered to each first word; other words are echoed. */
const ANSWERS = {
  all: () => json([{ output: "one" }, { text: "two" }]),
  text: (said) => ({ status: 200, headers: TEXT_TYPE, pieces: [`You said: ${said}`] }),
  stream: (said) => stream(chunk("begin"), chunk("item", `You said: ${said}`), chunk("end")),
  agent: () => {
    const of = { node: "g2", name: "AI Agent" };
    const words = ["Hel", "lo ", "wor", "ld ", "é✓"].map((word) => chunk("item", word, of));
    return stream(chunk("begin", undefined, of), ...words, chunk("end", undefined, of));
  },
  nodes: () => {
    const other = { node: "e5", name: "Other" };
    return stream(
      chunk("begin") + chunk("begin", undefined, other) + chunk("item", "third ", other),
      chunk("item", "first ") + chunk("item", "fourth", other) + chunk("item", "second"),
      chunk("end", undefined, other) + chunk("end"),
    );
  },
  bytes: () => {
    const said = chunk("item", "\u{1F600} Gr\u00fc\u00dfe");
    const all = Buffer.from(chunk("begin") + said + chunk("end"));
    return stream(...[...all].map((byte) => Buffer.from([byte])));
  },
  model: () => {
    const of = { node: "g2", name: "AI Agent" };
    return stream(chunk("begin", undefined, of), chunk("error", undefined, of));
  },
  half: () => stream(chunk("begin"), chunk("item", "half of it "), chunk("error", null)),
  cut: () => stream(chunk("begin"), chunk("item", "half of it ")),
  silent: () => stream(),
  started: () => json({ message: "Workflow was started" }),
  execution: () => json({ executionStarted: true, executionId: "231" }),
  unnamed: () => json({ private_words: "inner words" }),
  empty: () => json({ code: 0, message: "No item to return was found", stacktrace: STACK }, 500),
  fails: () => json({ message: "Error in workflow" }, 500),
  inactive: (_, path) => {
    const hint = "The workflow must be active for a production URL to run successfully.";
    return unknown(`The requested webhook "POST ${path}" is not registered.`, hint);
  },
  get: () => {
    const known = "Did you mean to make a GET request?";
    return unknown(`This webhook is not registered for POST requests. ${known}`);
  },
  private: () => ({ status: 404, headers: {}, pieces: [] }),
  proxy: () => ({
    status: 504,
    headers: { "Content-Type": "text/html" },
    pieces: ["<html><head><title>504 Gateway Time-out</title></head><h1>nginx</h1></html>"],
  }),
  page: () => ({ status: 200, headers: TEXT_TYPE, pieces: ["<!DOCTYPE html>\n<html>n8n</html>"] }),
  login: () => ({ status: 302, headers: { Location: "https://login.example/" }, pieces: [] }),
};

/** As jsonwebtoken does it. */
function tokenFault(header, secret) {
  const [, token] = /^\S+ (.+)$/.exec(header ?? "") ?? [];
  if (token === undefined) return [401, "No token provided"];
  const [head, claims, signature, ...more] = token.split(".");
  if (signature === undefined || more.length > 0) return [403, "jwt malformed"];
  const mac = createHmac("sha256", secret).update(`${head}.${claims}`).digest("base64url");
  if (decoded(head).alg !== "HS256" || mac !== signature) return [403, "invalid signature"];
  return decoded(claims).exp * 1000 < Date.now() ? [403, "jwt expired"] : null;
}

export const decoded = (part) => JSON.parse(Buffer.from(part, "base64url").toString());

/** Each kind of credential, and what n8n says of a wrong one. */
const CHECKS = {
  none: () => null,
  jwt: ({ authorization }, { secret }) => tokenFault(authorization, secret),
  header: (headers, { name, value }) =>
    headers[name.toLowerCase()] === value ? null : [403, "Authorization data is wrong!"],
  basic: ({ authorization }, { user, password }) => {
    if (!authorization) return [401, "Authorization is required!"];
    const right = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
    return authorization === right ? null : [403, "Authorization data is wrong!"];
  },
};

export class N8n {
  requests = new Arrivals();
  violations = [];
  path = "/webhook/a-secret-path";
  #server = createServer((request, response) => void this.#serve(request, response));

  /** `auth` is what its trigger asks for: a kind of CHECKS and what belongs to it. */
  static async start(t, { auth = { kind: "none" }, keys = ["sessionId", "chatInput"] } = {}) {
    const n8n = Object.assign(new N8n(), { auth, keys });
    await new Promise((resolve) => n8n.#server.listen(0, "127.0.0.1", resolve));
    n8n.url = `http://127.0.0.1:${n8n.#server.address().port}`;
    t.after(() => {
      n8n.#server.close();
      n8n.#server.closeAllConnections();
      assert.deepEqual(n8n.violations, [], "what n8n was sent");
    });
    return n8n;
  }

  get env() {
    return { N8N_WEBHOOK_URL: this.url + this.path };
  }

  async #serve(request, response) {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const body = JSON.parse(Buffer.concat(pieces).toString());
    this.#check(request, body);
    const closed = deferred();
    response.on("close", () => closed.resolve());
    this.requests.add({ headers: request.headers, body, closed: closed.promise });
    const refusal = CHECKS[this.auth.kind](request.headers, this.auth);
    if (refusal) {
      response.writeHead(refusal[0], REFUSAL);
      response.end(refusal[1]);
      return;
    }
    const said = body[this.keys[1]];
    if (said.startsWith("wait")) {
      response.writeHead(200, STREAM);
      response.write(chunk("begin") + chunk("item", "begun"));
      return;
    }
    const answer = ANSWERS[said.split(" ")[0]]?.(said, "a-secret-path");
    await send(response, answer ?? json({ output: `You said: ${said}`, jwtPayload: { sub: "x" } }));
  }

  #check({ method, url, headers }, body) {
    const sent = JSON.stringify({ url, headers, body });
    const wrong = (what) => this.violations.push(`${what}: ${sent}`);
    if (method !== "POST" || url !== this.path) wrong("another call");
    if (headers["content-type"] !== "application/json") wrong("no JSON");
    const [session, input] = this.keys;
    const names = ["action", session, input, "metadata"];
    if (JSON.stringify(Object.keys(body)) !== JSON.stringify(names)) wrong("other members");
    if (body.action !== "sendMessage") wrong("another action");
    for (const name of [session, input])
      if (typeof body[name] !== "string" || body[name] === "") wrong(`no ${name}`);
    const { site, channel, request_id: id, ...more } = body.metadata;
    if (site !== "default" || !["web", "openai"].includes(channel) || Object.keys(more).length > 0)
      wrong("other metadata");
    if (id !== headers["x-request-id"]) wrong("another request");
  }
}

async function send(response, { status, headers, pieces }) {
  const isWhole = pieces.length === 1 && headers !== STREAM;
  const length = isWhole ? { "Content-Length": Buffer.byteLength(pieces[0]) } : {};
  response.writeHead(status, { ...headers, ...length });
  for (const piece of pieces) {
    if (response.destroyed) return;
    await new Promise((sent) => response.write(piece, sent));
  }
  response.end();
}
