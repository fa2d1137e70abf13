// A small server with the native API of docs/api.md, for working on the widget and testing it
// without the C++ server. Words in a question make it misbehave (see mock-scripts.mjs and
// `obstacleFor`). What it was sent against the API is kept in `violations`.
import { randomBytes, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { newChallenge, Proofs } from "./mock-challenge.mjs";
import { Conversation } from "./mock-conversation.mjs";
import { documents } from "./mock-knowledge.mjs";
import { servePage } from "./mock-pages.mjs";
import { faultOfChat, faultOfEventId } from "./mock-validate.mjs";

const SITE = {
  title: "Gatehouse",
  welcome: "What would you like to know?",
  suggestions: ["How do limits work?", "How long are conversations kept?", "Show me some markdown"],
  responder: "mock",
  message_max_characters: 10_000,
  version: "0.1.0",
};
const TITLES = { 400: "Bad request", 401: "Unauthorized", 403: "Forbidden", 404: "Not found",
                 405: "Not allowed", 429: "Too many requests" };
const SESSION_LIFE_MS = 86_400_000;

export class MockServer {
  violations = [];
  requests = [];
  /** While true every API request is cut without an answer. */
  isDown = false;
  retryAfterS = 3;
  /** While true a new session needs a proof of work. */
  isChallengingSessions = false;
  /** While true a new session belongs to the visitor of the one before. */
  adoptsSessions = false;
  /** While true no proof is good enough. */
  isNeverConvinced = false;
  challengeMaxNumber = undefined;
  conversationDays = 7;
  #proofs = new Proofs();
  #sessions = new Map();
  #conversations = new Map();
  #obstaclesMet = new Set();
  #server = createServer((request, response) => void this.#serve(request, response));

  constructor({ dist, allowedOrigins = [] }) {
    this.dist = dist;
    this.allowedOrigins = allowedOrigins;
  }

  async listen(port = 0) {
    await new Promise((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${this.#server.address().port}`;
    return this;
  }

  close() {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(resolve));
  }

  /** Ends all sessions, as a restart with a new secret would. */
  endSessions() {
    this.#sessions.clear();
  }

  dropConnections() {
    this.#server.closeAllConnections();
  }

  async #serve(request, response) {
    const url = new URL(request.url, this.url);
    response.setHeader("X-Request-Id", randomUUID());
    if (!url.pathname.startsWith("/api/")) return servePage(this, url, response);
    if (this.isDown) return request.socket.destroy();
    this.#allowOrigin(request, response);
    if (request.method === "OPTIONS") return response.writeHead(204).end();
    const body = await readBody(request);
    this.requests.push({ method: request.method, path: url.pathname, body,
                         lastEventId: request.headers["last-event-id"] ?? null,
                         proof: request.headers["x-gatehouse-challenge"] ?? null });
    const call = { request, response, url, body, segments: url.pathname.split("/").slice(3) };
    this.#route(call);
  }

  #allowOrigin(request, response) {
    const { origin } = request.headers;
    if (!origin || !this.allowedOrigins.includes(origin)) return;
    response.setHeader("Access-Control-Allow-Origin", origin);
    response.setHeader("Access-Control-Allow-Methods", "GET, POST, DELETE");
    response.setHeader(
      "Access-Control-Allow-Headers",
      "authorization, content-type, last-event-id, x-gatehouse-challenge");
    response.setHeader("Vary", "Origin");
  }

  #route(call) {
    const { request, segments } = call;
    const what = `${request.method} ${segments[0]}`;
    if (what === "GET site") {
      return this.#json(call, 200, { ...SITE, conversation_days: this.conversationDays });
    }
    if (what === "POST sessions") return this.#startSession(call);
    const owner = this.#owner(request);
    if (!owner) return this.#problem(call, 401, "unauthenticated", "Your session has ended.");
    if (what === "POST chat") return this.#chat(call, owner);
    if (what === "GET knowledge") return this.#document(call);
    if (segments[0] === "conversations") return this.#conversation(call, owner);
    this.violations.push(`no such call: ${what}`);
    this.#problem(call, 404, "not_found", "There is nothing here.");
  }

  #startSession(call) {
    const known = this.#owner(call.request) ??
      (this.adoptsSessions ? [...this.#sessions.values()].at(-1) : null);
    if (this.isChallengingSessions && !this.#isProved(call)) return this.#challenge(call);
    const token = randomBytes(18).toString("base64url");
    this.#sessions.set(token, known ?? randomUUID());
    this.#json(call, known ? 200 : 201, {
      token,
      expires_at: new Date(Date.now() + SESSION_LIFE_MS).toISOString(),
      csrf_token: randomBytes(9).toString("base64url"),
    });
  }

  #owner(request) {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
    return this.#sessions.get(token) ?? null;
  }

  #chat(call, owner) {
    const { request, body } = call;
    if (!/^application\/json/.test(request.headers["content-type"] ?? "")) {
      return this.#fault(call, { field: "Content-Type", detail: "JSON is expected." });
    }
    const fault = faultOfChat(body);
    if (fault) return this.#fault(call, fault);
    const given = body.conversation_id;
    const conversation = given ? this.#conversations.get(given) : this.#begin(body, owner);
    if (!conversation || conversation.owner !== owner) return this.#gone(call);
    const obstacle = this.#obstacleFor(body.message);
    if (obstacle === "prove" && !this.#isProved(call)) return this.#challenge(call);
    if (obstacle === "limit") return this.#limited(call);
    if (obstacle === "html") return badGateway(call.response);
    this.#conversations.set(conversation.id, conversation);
    conversation.ask(body.message_id ?? randomUUID(), body.message);
    if (obstacle === "lost") return request.socket.destroy();
    if (body.stream || /event-stream/.test(request.headers.accept)) {
      return this.#streamTurn(call, conversation, body.message_id);
    }
    this.#answerWhenDone(call, conversation, body.message_id);
  }

  /** The same message sent again finds the conversation that its first sending began. */
  #begin(body, owner) {
    const known = [...this.#conversations.values()].find((conversation) =>
      conversation.messages.some((message) => message.id === body.message_id));
    return known ?? new Conversation(owner);
  }

  /** Each obstacle stands in the way of a question once: the second try succeeds. */
  #obstacleFor(question) {
    if (/\bprove it\b/i.test(question)) return "prove";
    const kind = /\b(limit me|html|lost)\b/i.exec(question)?.[1]?.toLowerCase().split(" ")[0];
    if (!kind || this.#obstaclesMet.has(question)) return null;
    this.#obstaclesMet.add(question);
    return kind;
  }

  #streamTurn(call, conversation, messageId) {
    const follower = openStream(call.response);
    for (const event of conversation.eventsOfMessage(messageId)) {
      follower.write(...event);
      if (event[0] === "end" || event[0] === "error") return call.response.end();
    }
    const turnOnly = {
      ...follower,
      write(name, data, id) {
        follower.write(name, data, id);
        if (name === "end" || name === "error") call.response.end();
      },
    };
    call.response.on("close", conversation.subscribe(turnOnly));
  }

  #answerWhenDone(call, conversation, messageId) {
    if (conversation.live) {
      setTimeout(() => this.#answerWhenDone(call, conversation, messageId), 20);
      return;
    }
    const reply = conversation.messages.at(-1);
    const { id, text, finish_reason, citations } = reply;
    this.#json(call, 200, { conversation_id: conversation.id, message_id: messageId,
                            reply: { id, text, finish_reason, citations }, usage: null });
  }

  #document(call) {
    const document = documents.get(call.segments[2]);
    return document ? this.#json(call, 200, document) : this.#gone(call);
  }

  #conversation(call, owner) {
    const { request, response, segments } = call;
    const conversation = this.#conversations.get(segments[1]);
    if (!conversation || conversation.owner !== owner) return this.#gone(call);
    const what = [request.method, segments[2]].filter(Boolean).join(" ");
    if (what === "GET") return this.#json(call, 200, conversation.json());
    if (what === "GET events") return this.#events(call, conversation);
    if (what === "POST stop") conversation.stop();
    else if (what === "DELETE") this.#conversations.delete(conversation.id);
    else this.violations.push(`no such call: ${what}`);
    response.writeHead(204).end();
  }

  #events(call, conversation) {
    const { request, response, url } = call;
    const after = request.headers["last-event-id"] ?? url.searchParams.get("last_event_id");
    const fault = faultOfEventId(after);
    if (fault) return this.#fault(call, fault);
    response.on("close", conversation.follow(after, openStream(response)));
  }

  #isProved({ request }) {
    return !this.isNeverConvinced && this.#proofs.isGood(request.headers["x-gatehouse-challenge"]);
  }

  #challenge(call) {
    const challenge = newChallenge(this.challengeMaxNumber);
    this.#problem(call, 403, "challenge_required", "Solve the challenge.", { challenge });
  }

  #limited(call) {
    const detail = `You have sent many messages. Try again in ${this.retryAfterS} seconds.`;
    this.#problem(call, 429, "rate_limited", detail, { retry_after_s: this.retryAfterS });
  }

  #gone(call) {
    this.#problem(call, 404, "not_found", "There is no such thing.");
  }

  #fault(call, { field, detail }) {
    this.violations.push(detail);
    this.#problem(call, 400, "invalid", detail, { field });
  }

  #problem({ response }, status, code, detail, more = {}) {
    const request_id = response.getHeader("X-Request-Id");
    response.writeHead(status, { "Content-Type": "application/problem+json" });
    response.end(JSON.stringify({ type: "about:blank", title: TITLES[status], status, code,
                                  detail, field: null, retry_after_s: null, request_id, ...more }));
  }

  #json({ response }, status, body) {
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(JSON.stringify(body));
  }
}

function openStream(response) {
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  response.write(": hello\n\n");
  const write = (name, data, id) => {
    const idLine = id === null ? "" : `id: ${id}\n`;
    response.write(`${idLine}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  return {
    write,
    drop: () => response.destroy(),
    close: () => {
      write("closing", { reason: "shutdown" }, null);
      response.end();
    },
  };
}

/** What a proxy answers when the server behind it is away. */
function badGateway(response) {
  response.writeHead(502, { "Content-Type": "text/html" });
  response.end("<html><body><h1>502 Bad Gateway</h1><hr>nginx</body></html>");
}

async function readBody(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return undefined;
  }
}
