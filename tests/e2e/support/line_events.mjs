// Webhook events as the LINE Platform makes them, one function for each kind.
// https://developers.line.biz/en/reference/messaging-api/#webhook-event-objects
import { randomBytes, randomInt } from "node:crypto";

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const hex = (bytes) => randomBytes(bytes).toString("hex");
const token = () => randomBytes(48).toString("base64url");

/** 48 bits of time and 80 of chance: https://github.com/ulid/spec */
export function ulid(timeMs = Date.now()) {
  let time = "";
  for (let left = timeMs, digit = 0; digit < 10; digit++, left = Math.floor(left / 32))
    time = CROCKFORD[left % 32] + time;
  return time + [...randomBytes(16)].map((byte) => CROCKFORD[byte % 32]).join("");
}

export const makeUserId = () => `U${hex(16)}`;
export const makeGroupId = () => `C${hex(16)}`;
export const makeRoomId = () => `R${hex(16)}`;
export const makeMessageId = () =>
  `5${String(randomInt(1e8)).padStart(8, "0")}${String(randomInt(1e9)).padStart(9, "0")}`;

export const fromUser = (userId) => ({ type: "user", userId });
export const fromGroup = (groupId, userId) => ({ type: "group", groupId, userId });
export const fromRoom = (roomId, userId) => ({ type: "room", roomId, userId });

/**
 * What all events have. `more` may set each of it: `timestamp`, `mode`, `webhookEventId`,
 * `isRedelivery`.
 */
function event(type, source, { hasReplyToken = false, ...fields }, more = {}) {
  const { timestamp = Date.now(), mode = "active", isRedelivery = false } = more;
  const { webhookEventId = ulid(timestamp) } = more;
  return {
    type,
    ...fields,
    ...(source ? { source } : {}),
    timestamp,
    mode,
    webhookEventId,
    deliveryContext: { isRedelivery },
    ...(hasReplyToken ? { replyToken: hex(16) } : {}),
  };
}

const message = (source, content, more = {}) =>
  event(
    "message",
    source,
    {
      hasReplyToken: true,
      message: { id: more.messageId ?? makeMessageId(), markAsReadToken: token(), ...content },
    },
    more,
  );

/** Where `part` stands, in UTF-16 code units. */
function placeOf(part, whole) {
  const index = whole.indexOf(part);
  if (index < 0) throw new Error(`"${part}" is not in "${whole}"`);
  return { index, length: part.length };
}

/**
 * `mentions`: `{part, userId, isSelf}`, or `{part}` for all of a group. `emojis`: `{part,
 * productId, emojiId}`. The part stands in the text: "@Bot", "(love)".
 */
export function text(source, words, { mentions = [], emojis = [], quotedMessageId, ...more } = {}) {
  const mentionees = mentions.map(({ part, userId, isSelf }) => ({
    ...placeOf(part, words),
    ...(userId ? { type: "user", userId, isSelf: isSelf ?? false } : { type: "all" }),
  }));
  const symbols = emojis.map(({ part, ...emoji }) => ({ ...placeOf(part, words), ...emoji }));
  const content = {
    type: "text",
    quoteToken: token(),
    text: words,
    ...(mentionees.length > 0 ? { mention: { mentionees } } : {}),
    ...(symbols.length > 0 ? { emojis: symbols } : {}),
    ...(quotedMessageId ? { quotedMessageId } : {}),
  };
  return message(source, content, more);
}

/** `url`: the content lies there and not at LINE. */
const provider = (url, previewUrl) =>
  url
    ? {
        type: "external",
        originalContentUrl: url,
        ...(previewUrl ? { previewImageUrl: previewUrl } : {}),
      }
    : { type: "line" };

/** `set`: `{id, index, total}` where several were sent at once. */
export const image = (source, { url, previewUrl = url, set, ...more } = {}) =>
  message(
    source,
    {
      type: "image",
      quoteToken: token(),
      contentProvider: provider(url, previewUrl),
      ...(set ? { imageSet: set } : {}),
    },
    more,
  );

/** As many events as images were sent at once. Their order of arrival is anybody's guess. */
export function images(source, total, more = {}) {
  const id = hex(32).toUpperCase();
  return Array.from({ length: total }, (_, index) =>
    image(source, { ...more, set: { id, index: index + 1, total } }),
  );
}

export const video = (source, { url, previewUrl = url, duration = 60_000, ...more } = {}) =>
  message(
    source,
    {
      type: "video",
      quoteToken: token(),
      duration,
      contentProvider: provider(url, previewUrl),
    },
    more,
  );

export const audio = (source, { url, duration = 60_000, ...more } = {}) =>
  message(source, { type: "audio", duration, contentProvider: provider(url) }, more);

export const file = (source, { fileName = "file.txt", fileSize = 2138, ...more } = {}) =>
  message(source, { type: "file", fileName, fileSize }, more);

export function location(source, more = {}) {
  const { title = "my location", address = "1-3 Kioicho, Chiyoda-ku, Tokyo", ...rest } = more;
  const { latitude = 35.67966, longitude = 139.73669, ...others } = rest;
  return message(source, { type: "location", title, address, latitude, longitude }, others);
}

export function sticker(source, more = {}) {
  const { packageId = "446", stickerId = "1988", resource = "STATIC", words, ...rest } = more;
  const { keywords = ["hi", "wave"], ...others } = rest;
  const content = {
    type: "sticker",
    quoteToken: token(),
    packageId,
    stickerId,
    stickerResourceType: resource,
    keywords,
    ...(words ? { text: words } : {}),
  };
  return message(source, content, others);
}

export const unsend = (source, messageId, more) =>
  event("unsend", source, { unsend: { messageId } }, more);

export const follow = (userId, { isUnblocked = false, ...more } = {}) =>
  event("follow", fromUser(userId), { hasReplyToken: true, follow: { isUnblocked } }, more);

export const unfollow = (userId, more) => event("unfollow", fromUser(userId), {}, more);

export const join = (source, more) => event("join", source, { hasReplyToken: true }, more);

export const leave = (source, more) => event("leave", source, {}, more);

const members = (userIds) => ({ members: userIds.map(fromUser) });

export const memberJoined = (source, userIds, more) =>
  event("memberJoined", source, { hasReplyToken: true, joined: members(userIds) }, more);

export const memberLeft = (source, userIds, more) =>
  event("memberLeft", source, { left: members(userIds) }, more);

export const postback = (source, data, { params, ...more } = {}) =>
  event(
    "postback",
    source,
    { hasReplyToken: true, postback: { data, ...(params ? { params } : {}) } },
    more,
  );

export const videoPlayComplete = (source, trackingId, more) =>
  event(
    "videoPlayComplete",
    source,
    { hasReplyToken: true, videoPlayComplete: { trackingId } },
    more,
  );

export const beacon = (source, { hwid = "d41d8cd98f", kind = "enter", ...more } = {}) =>
  event("beacon", source, { hasReplyToken: true, beacon: { hwid, type: kind } }, more);

/** Where it failed, LINE names neither a source nor a reply token. */
export const accountLink = (source, { isOk = true, nonce = hex(16), ...more } = {}) =>
  event(
    "accountLink",
    isOk ? source : undefined,
    { hasReplyToken: isOk, link: { result: isOk ? "ok" : "failed", nonce } },
    more,
  );

/** What LINE may invent tomorrow. */
export const unknown = (source, { type = "holoCall", fields = { holoCall: {} }, ...more } = {}) =>
  event(type, source, { hasReplyToken: true, ...fields }, more);

/** A message of a type that LINE may invent tomorrow. */
export const unknownMessage = (source, more) =>
  message(source, { type: "hologram", hologram: { depth: 3 } }, more);
