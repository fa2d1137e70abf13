/** One server-sent event. `id` is the last id seen on this stream, as the standard says. */
export interface SseMessage {
  readonly event: string;
  readonly data: string;
  readonly id: string | null;
}

/** No reply event comes near this; a stream that does is not ours. */
const MAX_PENDING_CHARACTERS = 1_000_000;

/**
 * Reads a `text/event-stream` that arrives in pieces cut anywhere, also between CR and LF.
 * EventSource can't send a bearer token or POST, so the widget reads the stream itself.
 */
export class SseParser {
  private pending = "";
  private data: string[] = [];
  private event = "";
  private id: string | null = null;
  private atStart = true;

  push(text: string): SseMessage[] {
    const messages: SseMessage[] = [];
    this.pending += this.withoutByteOrderMark(text);
    let line = this.takeLine();
    while (line !== null) {
      const message = this.readLine(line);
      if (message) messages.push(message);
      line = this.takeLine();
    }
    if (this.pending.length > MAX_PENDING_CHARACTERS) throw new Error("event too large");
    return messages;
  }

  private withoutByteOrderMark(text: string): string {
    if (!this.atStart || text === "") return text;
    this.atStart = false;
    return text.startsWith("\uFEFF") ? text.slice(1) : text;
  }

  private takeLine(): string | null {
    const end = this.pending.search(/[\r\n]/);
    if (end < 0) return null;
    const isCarriageReturn = this.pending[end] === "\r";
    // A CR at the very end may be half of a CRLF: wait for what follows.
    if (isCarriageReturn && end === this.pending.length - 1) return null;
    const width = isCarriageReturn && this.pending[end + 1] === "\n" ? 2 : 1;
    const line = this.pending.slice(0, end);
    this.pending = this.pending.slice(end + width);
    return line;
  }

  private readLine(line: string): SseMessage | null {
    if (line === "") return this.dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return null;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.data.push(value);
    else if (field === "event") this.event = value;
    else if (field === "id" && !value.includes("\0")) this.id = value;
    return null;
  }

  private dispatch(): SseMessage | null {
    const message =
      this.data.length === 0
        ? null
        : { event: this.event || "message", data: this.data.join("\n"), id: this.id };
    this.data = [];
    this.event = "";
    return message;
  }
}
