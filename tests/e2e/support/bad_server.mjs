// A server that does everything wrong, for the drill to find: it reads bytes carelessly, trusts
// every header, and tells all it knows. Loopback only.
import { createHash, createHmac, randomBytes } from "node:crypto";
import { createServer } from "node:net";

const TOKEN = "fixed-session.token.signature-of-nothing";
const number = 42;
const salt = "salt?expires=99999999999&";

export class BadServer {
  requests = 0;
  #server = createServer({ allowHalfOpen: true }, (socket) => this.#serve(socket));
  #sockets = new Set();

  /**
   * `upstream`: where it asks without looking at what comes back. `canary`: what it tells.
   * `bansAfter`: the one thing it may do right, shut a client out after so many requests.
   */
  static async start(t, { upstream, canary, bansAfter = Infinity }) {
    const server = new BadServer();
    Object.assign(server, { upstream, canary, bansAfter });
    await new Promise((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    server.url = `http://127.0.0.1:${server.#server.address().port}`;
    t.after(() => {
      for (const socket of server.#sockets) socket.destroy();
      server.#server.close();
    });
    return server;
  }

  /** Lines end as they like, lengths are guesses, and what is left over is the next request. */
  #serve(socket) {
    let bytes = "";
    let isBusy = false;
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("data", async (piece) => {
      bytes += piece.toString("latin1");
      if (isBusy) return;
      isBusy = true;
      for (let end = headEnd(bytes); end > 0; end = headEnd(bytes)) {
        const request = readHead(bytes.slice(0, end));
        const announced = Number.parseInt(request.headers["content-length"]) || 0;
        const length = announced < 1e9 ? Math.max(announced, 0) : 0;
        const isChunked = "transfer-encoding" in request.headers;
        if (!isChunked && bytes.length < end + length) break; // waits for ever
        const hidesRequest = bytes.startsWith("GET ", end);
        const taken = isChunked || hidesRequest ? 0 : length;
        request.body = bytes.slice(end, end + taken);
        bytes = bytes.slice(end + taken).replace(/^[^A-Z]*/, "");
        this.requests += 1;
        socket.write(Buffer.from(await this.#answer(request), "latin1"));
        if (/close/i.test(request.headers.connection ?? "")) {
          socket.end();
          return;
        }
      }
      isBusy = false;
    });
  }

  async #answer(request) {
    if (this.requests > this.bansAfter) return reply(403, "banned", { "Retry-After": "300" });
    const { method, path, headers } = request;
    const url = decode(path);
    const isHtml = { "Content-Type": "text/html" };
    if (/etc\/passwd|win\.ini|\.env|\.git|\.toml|\.db/.test(decode(url)))
      return reply(200, "root:x:0:0:root:/root:/bin/sh\n", isHtml);
    if (url.includes("X-Drill-Split"))
      return reply(200, "split", { "X-Drill": "a", "X-Drill-Split": "yes" });
    if (path.startsWith("/api/v1/sessions")) return this.#session(request);
    if (path.startsWith("/api/v1/chat") || path.startsWith("/v1/chat")) return this.#chat(request);
    if (path.startsWith("/webhooks/") || path.startsWith("/peer/")) return reply(200, "taken");
    if (path === "/.well-known/jwks.json") return reply(200, '{"keys":[{"kty":"RSA","n":"AQAB"}]}');
    if (headers["x-http-method-override"] || headers["x-http-method"]) return reply(200, "removed");
    const host = headers["x-forwarded-host"] ?? headers.host;
    const agent = headers["user-agent"] ?? "";
    const text = `<html>${method} ${url} on ${host} by ${agent} ${evaluated(url + agent)}</html>`;
    return reply(200, text, { ...isHtml, ...cors(headers) });
  }

  #session({ headers }) {
    const solution = headers["x-gatehouse-challenge"];
    if (solution && JSON.parse(Buffer.from(solution, "base64url")).number !== number)
      return reply(403, JSON.stringify({ code: "challenge_needed", challenge: challenge() }));
    const chosen = /chat=([^;]*)/.exec(headers.cookie ?? "")?.[1] ?? TOKEN;
    const body = { token: chosen, csrf_token: "the-same-for-all" };
    return reply(200, JSON.stringify(body), { "Set-Cookie": `chat=${chosen}; Path=/` });
  }

  async #chat({ headers, body }) {
    const said = readMessage(body);
    const echo = `SQLSTATE[42000] ${said} ${evaluated(said)} ${this.canary}`;
    const text = this.upstream && /What do you know/.test(said) ? await this.#ask(said) : echo;
    const answer = { conversation_id: "1", reply: { text } };
    return reply(200, JSON.stringify(answer), cors(headers));
  }

  async #ask(content) {
    const response = await fetch(`${this.upstream}/chat/completions`, {
      method: "POST",
      body: JSON.stringify({ messages: [{ role: "user", content }] }),
    });
    const { message } = (await response.json()).choices[0];
    return message.content + (message.reasoning_content ?? "");
  }
}

const challenge = () => ({
  algorithm: "SHA-256",
  challenge: createHash("sha256").update(`${salt}${number}`).digest("hex"),
  maxnumber: 100,
  salt,
  signature: createHmac("sha256", randomBytes(8)).update(salt).digest("hex"),
});

const evaluated = (text) => (/7331\*1337/.test(text) ? String(7331 * 1337) : "");

function headEnd(bytes) {
  const found = /\r?\n\r?\n/.exec(bytes);
  return found ? found.index + found[0].length : 0;
}

function readHead(text) {
  const [line, ...lines] = text.split(/\r?\n|\r/);
  const [method, path = "/"] = line.split(" ");
  const headers = {};
  for (const each of lines) {
    const [name, ...value] = each.split(":");
    if (name) headers[name.trim().toLowerCase()] = value.join(":").trim();
  }
  return { method, path, headers };
}

function readMessage(body) {
  try {
    const json = JSON.parse(body);
    return String(json.message ?? json.messages?.[0]?.content ?? "");
  } catch {
    return body;
  }
}

function decode(path) {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

const cors = ({ origin }) =>
  origin
    ? { "Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true" }
    : {};

/** It announces limits, counts nobody, and says which software it is. */
function reply(status, body, headers = {}) {
  const all = {
    Server: "BadServer/1.2.3",
    "Content-Type": "application/json",
    "RateLimit-Policy": '"all";q=5;w=60',
    RateLimit: '"all";r=5;t=60',
    ...headers,
    "Content-Length": Buffer.byteLength(body, "latin1"),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} OK\r\n${lines.join("")}\r\n${body}`;
}
