// What a bot sends to people: reply tokens, retry keys, the monthly limit, and what was accepted.
// https://developers.line.biz/en/reference/messaging-api/#message
import { randomBytes } from "node:crypto";
import { makeMessageId } from "./line_events.mjs";
import { findMisplaced } from "./line_messages.mjs";
import { Refusal, refuseDetails } from "./line_refusal.mjs";
import { Arrivals } from "./waiting.mjs";

const RETRY_KEY_LIFE_MS = 86_400_000;
const REPLY_AFTER_EVENT_MS = 20 * 60_000;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const QUOTABLE = new Set(["text", "textV2", "sticker", "image", "video", "template"]);

export class LineSending {
  /** In order: `{via, to, messages, sentMessages, recipients, retryKey, requestId, atMs}`. */
  sent = new Arrivals();
  /** LINE promises a minute, less what the network takes: #send-reply-message-reply-token. */
  replyTokenLifeMs = 60_000;
  /** Or `{type: "limited", value}`: #get-quota. */
  quota = { type: "none" };
  /** Each request counts once for each person who gets it, and replies don't count:
   * https://developers.line.biz/en/tips/2026/05/28/how-to-count-messages/ */
  usage = 0;
  #people;
  #now;
  #tokens = new Map();
  #keys = new Map();

  constructor(people, now) {
    this.#people = people;
    this.#now = now;
  }

  /** A token lives anew with each delivery, as long as it wasn't used. */
  see({ replyToken, source, timestamp, webhookEventId }) {
    if (!replyToken) return;
    const known = this.#tokens.get(replyToken) ?? { source, timestamp, webhookEventId };
    this.#tokens.set(replyToken, { ...known, deliveredAtMs: this.#now() });
  }

  reply(call) {
    const { replyToken, messages } = call.body;
    const token = this.#tokens.get(replyToken);
    const isAlive =
      token &&
      !token.wasUsed &&
      this.#now() - token.deliveredAtMs <= this.replyTokenLifeMs &&
      this.#now() - token.timestamp <= REPLY_AFTER_EVENT_MS;
    if (!isAlive) throw new Refusal(400, "Invalid reply token");
    const { source, webhookEventId } = token;
    this.#checkPlaces(messages, source.type);
    token.wasUsed = true;
    const to = source.groupId ?? source.roomId ?? source.userId;
    const sentMessages = this.#accept(call, to, [to], { replyToken, webhookEventId });
    return { body: { sentMessages } };
  }

  push(call) {
    const { to, messages } = call.body;
    return this.#once(call, () => {
      if (!this.#people.isId(to))
        throw new Refusal(
          400,
          "The property, 'to', in the request body is invalid (line: -, column: -)",
          { isMistake: true },
        );
      if (!this.#people.isKnown(to)) throw new Refusal(400, "Failed to send messages");
      this.#checkPlaces(messages, to.startsWith("U") ? "user" : "group");
      this.#charge([to]);
      return { sentMessages: this.#accept(call, to, [to]) };
    });
  }

  /** Whom the channel doesn't know gets nothing, and that is no error. */
  multicast(call) {
    const { to, messages } = call.body;
    return this.#once(call, () => {
      this.#checkPlaces(messages, "user");
      this.#charge(to);
      this.#accept(call, to, to);
      return {};
    });
  }

  /**
   * A key is good for one request within 24 hours. Who asks again learns what came of the first:
   * https://developers.line.biz/en/docs/messaging-api/retrying-api-request/
   */
  #once(call, accept) {
    const { retryKey, requestId, raw } = call;
    if (retryKey === undefined) return { body: accept() };
    // That it must be a UUID is documented, what is said of another is not.
    if (!UUID.test(retryKey)) throw new Refusal(400, "Invalid retry key", { isMistake: true });
    const known = this.#keys.get(retryKey.toLowerCase());
    if (known && this.#now() - known.atMs < RETRY_KEY_LIFE_MS)
      throw new Refusal(409, "The retry key is already accepted", {
        ...known.body,
        headers: { "X-Line-Accepted-Request-Id": known.requestId },
        isMistake: known.raw !== raw,
      });
    const body = accept();
    this.#keys.set(retryKey.toLowerCase(), { requestId, raw, body, atMs: this.#now() });
    return { body };
  }

  #checkPlaces(messages, chatType) {
    const details = findMisplaced(messages, chatType);
    if (details.length > 0) throw refuseDetails(details);
  }

  /** Whom a message can't reach is not counted. */
  #charge(ids) {
    const cost = this.#recipients(ids).length;
    if (this.quota.type === "limited" && this.usage + cost > this.quota.value)
      throw new Refusal(429, "You have reached your monthly limit.");
    this.usage += cost;
  }

  #recipients(ids) {
    return ids.flatMap((id) => this.#people.recipientsOf(id, this.#now()));
  }

  #accept({ name, body, retryKey, requestId }, to, ids, more = {}) {
    const { messages, notificationDisabled } = body;
    const sentMessages = messages.map(({ type }) => ({
      id: makeMessageId(),
      ...(QUOTABLE.has(type) ? { quoteToken: randomBytes(32).toString("base64url") } : {}),
    }));
    this.sent.add({
      via: name,
      to,
      messages,
      sentMessages,
      recipients: this.#recipients(ids),
      retryKey,
      requestId,
      notificationDisabled,
      atMs: this.#now(),
      ...more,
    });
    return sentMessages;
  }
}
