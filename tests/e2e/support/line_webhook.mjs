// The platform's side of a webhook: signs, sends, and remembers how the bot answered.
// https://developers.line.biz/en/reference/messaging-api/#webhooks
import { createHmac } from "node:crypto";
import { send } from "./client.mjs";
import { Arrivals } from "./waiting.mjs";

export const sign = (secret, body) => createHmac("sha256", secret).update(body).digest("base64");

export class LineWebhook {
  /** Where the bot listens; null until somebody says it. */
  url = null;
  isActive = true;
  /** Each delivery with the bot's answer: `{events, body, signature, status, tookMs, error}`. */
  deliveries = new Arrivals();
  #channel;
  #see;

  /** `see` gets each event that LINE itself vouches for, before the bot does. */
  constructor(channel, see) {
    this.#channel = channel;
    this.#see = see;
  }

  /**
   * Posts events in one webhook. `redelivery`: as one that failed before. `mode`: of all events;
   * in standby none has a reply token. To lie: `secret` signs with another one, `signature` is
   * sent instead (null: none), `tamper` changes the bytes after they were signed.
   */
  async deliver(events, { redelivery = false, mode, destination, ...lies } = {}) {
    const told = events.map((event) => asTold(event, { redelivery, mode }));
    const body = JSON.stringify({
      destination: destination ?? this.#channel.botUserId,
      events: told,
    });
    return this.deliverRaw(body, { events: told, ...lies });
  }

  /** The same events as LINE sends them again: the same ids, times and reply tokens. */
  async redeliver({ events }, options = {}) {
    return this.deliver(events, { ...options, redelivery: true });
  }

  /** Any bytes, signed as they are. */
  async deliverRaw(body, { events = [], secret, signature, tamper, headers = {}, url } = {}) {
    const isLie = secret !== undefined || signature !== undefined || tamper !== undefined;
    const right = sign(secret ?? this.#channel.secret, body);
    const shown = signature === undefined ? right : signature;
    if (!isLie) for (const event of events) this.#see(event);
    const delivery = { events, body, signature: shown };
    const target = new URL(url ?? this.url);
    const startMs = performance.now();
    try {
      const answer = await send(
        { port: target.port, isSecure: target.protocol === "https:" },
        {
          method: "POST",
          path: target.pathname + target.search,
          headers: {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "LineBotWebhook/2.0",
            ...(shown === null ? {} : { "x-line-signature": shown }),
            ...headers,
          },
          body: Buffer.from(tamper ? tamper(body) : body),
        },
      );
      Object.assign(delivery, { status: answer.status, answer });
    } catch (error) {
      Object.assign(delivery, { status: 0, error });
    }
    delivery.tookMs = performance.now() - startMs;
    this.deliveries.add(delivery);
    return delivery;
  }

  /** https://developers.line.biz/en/reference/messaging-api/#test-webhook-endpoint */
  async test(url) {
    const { status, error } = await this.deliver([], { url });
    const timestamp = new Date().toISOString();
    const told = (reason, detail) => ({
      success: status === 200,
      timestamp,
      statusCode: status,
      reason,
      detail,
    });
    if (status === 200) return told("OK", "200");
    if (status !== 0) return told("ERROR_STATUS_CODE", String(status));
    if (error.code) return told("COULD_NOT_CONNECT", "Failure to connect");
    return told("REQUEST_TIMEOUT", "Request timeout");
  }
}

/** In standby another module answers, so LINE gives no reply token: #common-properties. */
function asTold(event, { redelivery, mode }) {
  const told = { ...event };
  if (mode) told.mode = mode;
  if (told.mode === "standby") delete told.replyToken;
  if (redelivery) told.deliveryContext = { isRedelivery: true };
  return told;
}
