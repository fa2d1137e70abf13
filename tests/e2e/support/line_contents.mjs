// What people sent with their messages, on the host of its own that LINE keeps it on.
// https://developers.line.biz/en/reference/messaging-api/#getting-content
import { Refusal } from "./line_refusal.mjs";

const KINDS = new Set(["image", "video", "audio", "file"]);
const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const PREPARING = { status: 202, bytes: "" };

export class LineContents {
  #contents = new Map();

  /**
   * What lies behind an event, told before or after it is delivered. `status`: "processing" until
   * a test says "succeeded" or "failed". Without bytes an event has a picture of one pixel.
   */
  keep({ message }, { bytes = PIXEL, mime = "image/png", previewBytes = bytes, ...more } = {}) {
    const { type, contentProvider } = message;
    const isExternal = contentProvider?.type === "external";
    const content = { type, bytes, mime, previewBytes, isExternal, status: "succeeded", ...more };
    this.#contents.set(message.id, content);
    return content;
  }

  see(event) {
    if (event.type === "unsend") this.remove(event.unsend.messageId);
    const { message } = event;
    if (KINDS.has(message?.type) && !this.#contents.has(message.id)) this.keep(event);
  }

  /** The person took the message back, or it was too old. */
  remove(messageId) {
    const content = this.#contents.get(messageId);
    if (content) content.isGone = true;
  }

  /** Its bytes; 202 and none as long as they are prepared. */
  whole({ params: [id] }) {
    const { status, bytes, mime } = this.#find(id);
    if (status === "processing") return PREPARING;
    if (status === "failed") throw new Refusal(404, "not found");
    return { bytes, mime };
  }

  preview({ params: [id] }) {
    const { type, status, previewBytes, mime } = this.#find(id);
    if (type !== "image" && type !== "video")
      throw new Refusal(400, "The content can not be previewed");
    if (status === "processing") return PREPARING;
    return { bytes: previewBytes, mime: type === "image" ? mime : "image/png" };
  }

  transcoding({ params: [id] }) {
    const { type, status } = this.#find(id);
    if (type !== "video" && type !== "audio")
      throw new Refusal(400, "Transcoding status doesn't support this type of content");
    return { body: { status } };
  }

  /** With what lies elsewhere LINE can't help. Its status for that is not documented. */
  #find(id) {
    const content = this.#contents.get(id);
    if (!content) throw new Refusal(404, "not found");
    if (content.isGone) throw new Refusal(410, "The content is gone");
    if (content.isExternal) throw new Refusal(404, "not found", { isMistake: true });
    return content;
  }
}
