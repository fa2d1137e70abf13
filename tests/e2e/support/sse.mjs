// Server-sent events as the standard reads them, with what a test wants to know beside.
import { StringDecoder } from "node:string_decoder";
import { deferred, within } from "./waiting.mjs";

export class EventStream {
  comments = [];
  text = "";
  retryMs = null;
  #events = [];
  #line = "";
  #fields = { data: [] };
  #waiter = null;
  #hasEnded = false;
  #decoder = new StringDecoder("utf8");

  constructor(response) {
    this.response = response;
    this.status = response.statusCode;
    this.headers = response.headers;
    response.on("data", (bytes) => this.#take(this.#decoder.write(bytes)));
    for (const name of ["end", "close", "error"]) response.on(name, () => this.#end(name));
  }

  #take(text) {
    this.text += text;
    const lines = (this.#line + text).split("\n");
    this.#line = lines.pop();
    for (const line of lines) this.#takeLine(line.replace(/\r$/, ""));
  }

  #takeLine(line) {
    if (line === "") return this.#dispatch();
    if (line.startsWith(":")) return this.#comment(line.slice(1).trim());
    const [, name, value] = /^([^:]*):? ?(.*)$/.exec(line);
    if (name === "data") this.#fields.data.push(value);
    else if (name === "retry") this.retryMs = Number(value);
    else this.#fields[name] = value;
  }

  #comment(comment) {
    this.comments.push(comment);
    this.#wake();
  }

  #dispatch() {
    const { data, id, event } = this.#fields;
    this.#fields = { data: [] };
    if (data.length === 0) return;
    this.#events.push({ id, event, data: readJson(data.join("\n")) });
    this.#wake();
  }

  #end(how) {
    this.isCut ||= how === "error";
    if (how === "end") this.isComplete = true;
    this.#hasEnded = true;
    this.#wake();
  }

  #wake() {
    this.#waiter?.resolve();
    this.#waiter = null;
  }

  #change(what) {
    this.#waiter ??= deferred();
    return within(this.#waiter.promise, `${what}; so far: ${this.text.slice(-800)}`);
  }

  /** The next event, or null when the stream has ended. */
  async next() {
    while (this.#events.length === 0) {
      if (this.#hasEnded) return null;
      await this.#change("an event");
    }
    return this.#events.shift();
  }

  /** The events up to the first of that name, it included. */
  async until(name, count = 1) {
    const seen = [];
    for (let left = count; left > 0;) {
      const event = await this.next();
      if (!event) throw new Error(`the stream ended before ${name}: ${JSON.stringify(seen)}`);
      seen.push(event);
      if (event.event === name) left -= 1;
    }
    return seen;
  }

  async take(count) {
    const seen = [];
    while (seen.length < count) {
      const event = await this.next();
      if (!event) throw new Error(`the stream ended after ${seen.length} events`);
      seen.push(event);
    }
    return seen;
  }

  /** All events until the server ends the stream. */
  async all() {
    const seen = [];
    for (let event = await this.next(); event; event = await this.next()) seen.push(event);
    return seen;
  }

  async comment() {
    while (this.comments.length === 0) {
      if (this.#hasEnded) throw new Error("the stream ended without a comment");
      await this.#change("a comment");
    }
    return this.comments[0];
  }

  close() {
    this.response.destroy();
  }
}

function readJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export function textOf(events) {
  return events
    .filter(({ event }) => event === "delta")
    .map(({ data }) => data.text ?? "")
    .join("");
}

export const namesOf = (events) => events.map(({ event }) => event);
