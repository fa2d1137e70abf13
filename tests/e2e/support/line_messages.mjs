// The message objects that a bot may send, and the requests that carry them.
// https://developers.line.biz/en/reference/messaging-api/#message-objects
import {
  Findings,
  address,
  anyObject,
  flag,
  graphemes,
  kinds,
  list,
  matching,
  number,
  oneOf,
  record,
  text,
} from "./line_shapes.mjs";

const DATA = text(300);
const OPENED = ["http", "https", "line", "tel"];
const DIGITS = matching(/^\d+$/, "Must be digits");
const DATE = String.raw`(?:19\d\d|20\d\d|2100)-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])`;
const TIME = String.raw`(?:[01]\d|2[0-3]):[0-5]\d`;
const MOMENTS = { date: DATE, time: TIME, datetime: `${DATE}[Tt]${TIME}` };

// https://developers.line.biz/en/reference/messaging-api/#action-object-label-spec; labels and
// what is written for the user are counted in graphemes.
const label = text(20, graphemes);
const written = text(300, graphemes);

function checkPostback(action, at, findings) {
  if (action.text !== undefined && action.displayText !== undefined)
    findings.wrong(`${at}.text`, "text and displayText can't both be used");
  if (action.fillInText !== undefined && action.inputOption !== "openKeyboard")
    findings.wrong(`${at}.fillInText`, "Valid only with openKeyboard");
}

function checkMoments(action, at, findings) {
  const form = new RegExp(`^${MOMENTS[action.mode] ?? ".*"}$`);
  for (const name of ["initial", "max", "min"])
    if (action[name] !== undefined)
      matching(form, "Invalid date")(action[name], `${at}.${name}`, findings);
  if (action.min !== undefined && action.max !== undefined && action.min >= action.max)
    findings.wrong(`${at}.min`, "Must be less than max");
}

// https://developers.line.biz/en/reference/messaging-api/#action-objects
const ACTIONS = {
  postback: record(
    {
      label,
      data: DATA,
      "displayText?": written,
      "text?": written,
      "inputOption?": oneOf("closeRichMenu", "openRichMenu", "openKeyboard", "openVoice"),
      "fillInText?": written,
    },
    checkPostback,
  ),
  message: record({ label, text: written }),
  uri: record({ label, uri: address(1000, OPENED), "altUri?": anyObject }),
  datetimepicker: record(
    {
      label,
      data: DATA,
      mode: oneOf("date", "time", "datetime"),
      "initial?": text(20),
      "max?": text(20),
      "min?": text(20),
    },
    checkMoments,
  ),
  clipboard: record({ label, clipboardText: text(1000) }),
};

// https://developers.line.biz/en/reference/messaging-api/#quick-reply-button-object
const QUICK_ACTIONS = {
  ...ACTIONS,
  camera: record({ label }),
  cameraRoll: record({ label }),
  location: record({ label }),
};
const quickReply = record({
  items: list(
    1,
    13,
    kinds({ action: record({ "imageUrl?": address(2000), action: kinds(QUICK_ACTIONS) }) }),
  ),
});

// https://developers.line.biz/en/reference/messaging-api/#icon-nickname-switch
const sender = record({ "name?": text(20), "iconUrl?": address(2000) }, (value, at, findings) => {
  if (/\bline\b/i.test(value.name ?? "")) findings.wrong(`${at}.name`, "LINE may not be used");
});

const message = (fields, also) =>
  record({ ...fields, "quickReply?": quickReply, "sender?": sender }, also);

/** LINE counts the words that stand for an emoji, and tells nobody which: here each `$` is one. */
function checkEmojis(value, at, findings) {
  (Array.isArray(value.emojis) ? value.emojis : []).forEach((emoji, order) => {
    if (value.text?.[emoji?.index] !== "$")
      findings.wrong(`${at}.emojis[${order}].index`, "Must be the position of a $ in text");
  });
}

/** `{name}` stands for what `substitution` tells, `{{` and `}}` for the braces themselves. */
function checkSubstitution(value, at, findings) {
  const rest = String(value.text).replace(/\{\{|\}\}/g, "");
  const used = [...rest.matchAll(/\{([^{}]*)\}/g)].map(([, name]) => name);
  if (/[{}]/.test(rest.replace(/\{[^{}]*\}/g, "")))
    findings.wrong(`${at}.text`, "{ and } must be used in pairs");
  const given = value.substitution ?? {};
  for (const name of used)
    if (!Object.hasOwn(given, name)) findings.wrong(`${at}.substitution`, `${name} is missing`);
  const substitutes = Object.entries(given);
  if (substitutes.length > 100) findings.wrong(`${at}.substitution`, "At most 100 objects");
  for (const [name, one] of substitutes) {
    if (!/^\w{1,20}$/.test(name)) findings.wrong(`${at}.substitution`, `Invalid key ${name}`);
    SUBSTITUTE(one, `${at}.substitution.${name}`, findings);
  }
  for (const type of ["mention", "emoji"])
    if (substitutes.filter(([, one]) => one?.type === type).length > 20)
      findings.wrong(`${at}.substitution`, `At most 20 of type ${type}`);
}

const emoji = { productId: text(100), emojiId: text(100) };
const SUBSTITUTE = kinds({
  emoji: record(emoji),
  mention: record({
    mentionee: kinds({
      user: record({ userId: matching(/^U[0-9a-f]{32}$/, "Invalid user ID") }),
      all: record({}),
    }),
  }),
});

// https://developers.line.biz/en/reference/messaging-api/#template-messages; an image or a title
// leaves less room for the text.
const template = (textMost) => ({
  "thumbnailImageUrl?": address(2000),
  "imageAspectRatio?": oneOf("rectangle", "square"),
  "imageSize?": oneOf("cover", "contain"),
  "imageBackgroundColor?": matching(/^#[0-9A-Fa-f]{6}$/, "Invalid color"),
  "title?": text(40, graphemes),
  text: text(textMost, graphemes),
  "defaultAction?": kinds(ACTIONS),
});
const checkButtonsText = (value, at, findings) => {
  if (value.title || value.thumbnailImageUrl)
    text(60, graphemes)(value.text, `${at}.text`, findings);
};
const TEMPLATES = {
  buttons: record({ ...template(160), actions: list(1, 4, kinds(ACTIONS)) }, checkButtonsText),
  confirm: record({ text: text(240, graphemes), actions: list(2, 2, kinds(ACTIONS)) }),
};

/** Imagemaps, carousels and coupons are not here: what sends them must bring their rules along. */
export const MESSAGES = {
  text: message(
    {
      text: text(5000),
      "emojis?": list(1, 20, record({ index: number({ least: 0, isWhole: true }), ...emoji })),
      "quoteToken?": text(1000),
    },
    checkEmojis,
  ),
  textV2: message(
    { text: text(5000), "substitution?": anyObject, "quoteToken?": text(1000) },
    checkSubstitution,
  ),
  sticker: message({ packageId: DIGITS, stickerId: DIGITS, "quoteToken?": text(1000) }),
  image: message({ originalContentUrl: address(2000), previewImageUrl: address(2000) }),
  video: message({
    originalContentUrl: address(2000),
    previewImageUrl: address(2000),
    "trackingId?": matching(/^[-a-zA-Z0-9.=,+*()%$&;:@{}!?<>[\]]{1,100}$/, "Invalid tracking ID"),
  }),
  audio: message({ originalContentUrl: address(2000), duration: number({ least: 1 }) }),
  location: message({
    title: text(100),
    address: text(100),
    latitude: number({ least: -90, most: 90 }),
    longitude: number({ least: -180, most: 180 }),
  }),
  template: message({ altText: text(400), template: kinds(TEMPLATES) }),
  flex: message({
    altText: text(400),
    contents: kinds({ bubble: anyObject, carousel: anyObject }),
  }),
};

const messages = list(1, 5, kinds(MESSAGES));
const sending = { messages, "notificationDisabled?": flag };
const units = list(0, 1, matching(/^\w{1,30}$/, "Invalid unit name"));
const userId = matching(
  /^U[0-9a-f]{32}$/,
  "Only user id is acceptable, please confirm if there are any group/room ids or illegal ids.",
);

/** https://developers.line.biz/en/reference/messaging-api/#display-a-loading-indicator */
function checkLoading({ loadingSeconds }, at, findings) {
  if (Number.isInteger(loadingSeconds) && loadingSeconds % 5 !== 0)
    findings.wrong("loadingSeconds", "must be a multiple of five");
}

export const REQUESTS = {
  reply: record({ replyToken: text(1000), ...sending }),
  push: record({ to: text(1000), ...sending, "customAggregationUnits?": units }),
  multicast: record({
    to: list(1, 500, userId),
    ...sending,
    "customAggregationUnits?": units,
  }),
  validate: record({ messages }),
  loading: record(
    {
      chatId: userId,
      "loadingSeconds?": number({ least: 5, most: 60, isWhole: true }),
    },
    checkLoading,
  ),
  markAsRead: record({ markAsReadToken: text(1000) }),
  webhookEndpoint: record({ endpoint: text(500) }),
  webhookTest: record({ "endpoint?": text(500) }),
};

/** What can only be known once it is known where the messages go. */
export function findMisplaced(all, chatType) {
  const findings = new Findings();
  all.forEach((one, index) => {
    if (one.trackingId !== undefined && chatType !== "user")
      findings.wrong(`messages[${index}].trackingId`, "Not in group chats");
    const mentions = Object.values(one.substitution ?? {}).some(({ type }) => type === "mention");
    if (mentions && chatType === "user")
      findings.wrong(`messages[${index}].substitution`, "Mentions only in group chats");
  });
  return findings.errors;
}
