// A stand-in of Ollama that does what a test's script says and is as strict as the real one.
// The first word of the last user message chooses the script.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { Arrivals, deferred } from "./waiting.mjs";

const KNOWN = new Set([
  ...["model", "messages", "stream", "options", "keep_alive", "format", "tools", "think"],
]);
const KNOWN_OPTIONS = new Set([
  ...["num_ctx", "num_predict", "temperature", "top_p", "seed", "stop"],
  ...["frequency_penalty", "presence_penalty"],
]);
const CREATED = "2026-01-02T03:04:05.678901Z";
const DONE = {
  done: true,
  done_reason: "stop",
  total_duration: 3_000_000_000,
  load_duration: 2_000_000,
  prompt_eval_count: 26,
  prompt_eval_duration: 130_079_000,
  eval_count: 12,
  eval_duration: 259_000_000,
};

/** What is said to each first word. Each gets the answer's lines one by one. */
const SCRIPTS = {
  echo: async (answer) => {
    for (const word of answer.question.split(/(?<= )/)) await answer.say({ content: word });
    await answer.end();
  },
  think: async (answer) => {
    await answer.say({ content: "", thinking: "Let me see." });
    await answer.say({ content: "Done." });
    await answer.end();
  },
  tool: async (answer) => {
    const call = { function: { name: "weather", arguments: { city: "Wien", days: 2 } } };
    await answer.say({ content: "", tool_calls: [call] });
    await answer.end();
  },
  long: async (answer) => {
    await answer.say({ content: "cut" });
    await answer.end({ done_reason: "length", load_duration: 2_500_000_000 });
  },
  error: async (answer) => {
    await answer.say({ content: "half" });
    await answer.line({ error: "an error was encountered while running the model" });
    answer.response.end();
  },
  early: async (answer) => {
    await answer.line({ error: "llama runner process has terminated" });
    answer.response.end();
  },
  missing: async (answer) => {
    answer.response.writeHead(404, { "Content-Type": "application/json" });
    answer.response.end('{"error":"model \\"gone\\" not found, try pulling it first"}');
  },
  page: async (answer) => {
    answer.response.writeHead(200, { "Content-Type": "text/html" });
    answer.response.end("<html><h1>nginx</h1></html>");
  },
  short: async (answer) => {
    await answer.say({ content: "no end" });
    answer.response.end();
  },
  bytes: async (answer) => {
    const message = { content: "\u{1F600} Gr\u00fc\u00dfe" };
    const text = `${JSON.stringify({ message, done: false })}\r\n`;
    for (const byte of Buffer.from(text)) await answer.raw(Buffer.from([byte]));
    await answer.end();
  },
  wait: async (answer) => {
    await answer.say({ content: "begun" });
    await answer.closed;
  },
};

export class Ollama {
  requests = new Arrivals();
  violations = [];
  scripts = { ...SCRIPTS };
  #server = createServer((request, response) => void this.#serve(request, response));

  static async start(t) {
    const ollama = new Ollama();
    await new Promise((resolve) => ollama.#server.listen(0, "127.0.0.1", resolve));
    ollama.url = `http://127.0.0.1:${ollama.#server.address().port}`;
    t.after(() => {
      ollama.close();
      assert.deepEqual(ollama.violations, [], "what Ollama was sent");
    });
    return ollama;
  }

  get env() {
    return { OLLAMA_URL: this.url, OLLAMA_MODEL: "llama-test", OLLAMA_CONTEXT_TOKENS: "2048" };
  }

  close() {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #serve(request, response) {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const text = Buffer.concat(pieces).toString();
    if (request.method !== "POST" || request.url !== "/api/chat")
      this.violations.push(`an unknown call: ${request.method} ${request.url}`);
    const body = JSON.parse(text);
    this.#check(body);
    const answer = new Answer(request, response, body);
    this.requests.add(answer);
    await (this.scripts[answer.question.split(" ")[0]] ?? this.scripts.echo)(answer);
  }

  #check(body) {
    const wrong = (what) => this.violations.push(`${what}: ${JSON.stringify(body).slice(0, 300)}`);
    for (const name of Object.keys(body)) if (!KNOWN.has(name)) wrong(`unknown ${name}`);
    for (const name of Object.keys(body.options ?? {}))
      if (!KNOWN_OPTIONS.has(name)) wrong(`unknown option ${name}`);
    if (typeof body.model !== "string" || body.model === "") wrong("no model");
    for (const message of body.messages) {
      if (!["system", "user", "assistant", "tool"].includes(message.role)) wrong("a wrong role");
      if (typeof message.content !== "string") wrong("content is no string");
      for (const image of message.images ?? [])
        if (!/^[A-Za-z0-9+/]+=*$/.test(image)) wrong("an image that is not base64");
      for (const call of message.tool_calls ?? [])
        if (typeof call.function.arguments !== "object") wrong("arguments are no object");
    }
  }
}

class Answer {
  #closed = deferred();

  constructor(request, response, body) {
    Object.assign(this, { request, response, body, closed: this.#closed.promise });
    this.question = body.messages.filter(({ role }) => role === "user").at(-1)?.content ?? "";
    response.on("error", () => {});
    response.on("close", () => this.#closed.resolve());
  }

  async raw(bytes) {
    if (!this.response.headersSent)
      this.response.writeHead(200, { "Content-Type": "application/x-ndjson" });
    if (!this.response.destroyed) await new Promise((sent) => this.response.write(bytes, sent));
  }

  line(value) {
    return this.raw(`${JSON.stringify(value)}\n`);
  }

  say(message) {
    const { model } = this.body;
    const whole = { role: "assistant", ...message };
    return this.line({ model, created_at: CREATED, message: whole, done: false });
  }

  async end(more = {}) {
    const message = { role: "assistant", content: "" };
    await this.line({ model: this.body.model, created_at: CREATED, message, ...DONE, ...more });
    this.response.end();
  }
}
