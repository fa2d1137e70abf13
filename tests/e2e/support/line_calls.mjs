// What a bot may call, on each of LINE's two hosts.
import { REQUESTS } from "./line_messages.mjs";
import { Refusal } from "./line_refusal.mjs";
import { Findings } from "./line_shapes.mjs";

const WEBHOOK = "/v2/bot/channel/webhook";

const checkAs = (request) => (body) => {
  const findings = new Findings();
  REQUESTS[request](body, "", findings);
  return findings;
};

const notFound = () => new Refusal(404, "Not found");

/** `{…}` in a path is a parameter. */
const route = (name, method, path, handle, more = {}) => ({
  name,
  method,
  path: new RegExp(`^${path.replace(/\{\w+\}/g, "([^/]+)")}$`),
  handle,
  ...more,
});

const get = (name, path, handle) => route(name, "GET", path, handle);
const post = (name, path, request, handle, more) =>
  route(name, "POST", path, handle, { check: checkAs(request), ...more });

function showProfile(profile) {
  if (!profile) throw notFound();
  return { body: profile };
}

const showMember = ({ server, params }) => showProfile(server.people.memberOf(...params));

/** https://developers.line.biz/en/reference/messaging-api/#get-group-summary */
function showGroup({ server, params: [groupId] }) {
  const group = server.people.chats.get(groupId);
  if (!group?.hasBot) throw notFound();
  return { body: { groupId, groupName: group.name } };
}

/** #display-a-loading-indicator: who doesn't see it now will not see it later. */
function startLoading({ server, body }) {
  const { chatId, loadingSeconds = 20 } = body;
  if (!server.people.users.has(chatId)) throw new Refusal(400, "Invalid user ID");
  server.loadings.add({ chatId, loadingSeconds, atMs: server.nowMs() });
  return { status: 202 };
}

/**
 * Tokens don't expire and may be used again, by the bot that got them:
 * https://developers.line.biz/en/docs/messaging-api/mark-as-read/
 */
function markAsRead({ server, body }) {
  const messageId = server.readTokens.get(body.markAsReadToken);
  if (!messageId) throw new Refusal(400, "Invalid token", { isMistake: true });
  server.reads.add({ messageId, atMs: server.nowMs() });
  return {};
}

/** https://developers.line.biz/en/reference/messaging-api/#get-bot-info */
function showBot({ server }) {
  const { botUserId, basicId, displayName, chatMode } = server.channel;
  const markAsReadMode = chatMode === "chat" ? "manual" : "auto";
  return { body: { userId: botUserId, basicId, displayName, chatMode, markAsReadMode } };
}

function showWebhook({ server }) {
  const { url, isActive } = server.webhook;
  if (!url) throw new Refusal(404, "Webhook endpoint not found");
  return { body: { endpoint: url, active: isActive } };
}

const isSecure = (url) => /^https:\/\/[!-~]+$/.test(url);
const invalidUrl = () => new Refusal(400, "Invalid webhook endpoint URL");

function setWebhook({ server, body }) {
  if (!isSecure(body.endpoint)) throw invalidUrl();
  server.webhook.url = body.endpoint;
  return {};
}

/** What is set already may be plain HTTP here: tests have it on loopback. */
async function testWebhook({ server, body }) {
  if (body.endpoint !== undefined && !isSecure(body.endpoint)) throw invalidUrl();
  const url = body.endpoint ?? server.webhook.url;
  if (!url) throw new Refusal(404, "Webhook endpoint not found");
  return { body: await server.webhook.test(url) };
}

/** https://developers.line.biz/en/reference/messaging-api/#verify-channel-access-token */
function verifyToken({ server, body }) {
  if (body.access_token === server.channel.accessToken)
    return { body: { client_id: server.channel.id, expires_in: 2_591_659, scope: "P CM" } };
  const refusal = new Refusal(400, "access token expired");
  refusal.body = { error: "invalid_request", error_description: "access token expired" };
  throw refusal;
}

/** It is for partners: https://developers.line.biz/en/docs/partner-docs/mark-as-read */
function refusePartners() {
  throw new Refusal(403, "Access to this API is not available for your account", {
    isMistake: true,
  });
}

const canRetry = { canRetry: true };

export const API_ROUTES = [
  post("reply", "/v2/bot/message/reply", "reply", (call) => call.server.sending.reply(call)),
  post("push", "/v2/bot/message/push", "push", (call) => call.server.sending.push(call), canRetry),
  post(
    "multicast",
    "/v2/bot/message/multicast",
    "multicast",
    (call) => call.server.sending.multicast(call),
    canRetry,
  ),
  ...["reply", "push", "multicast"].map((kind) =>
    post("validate", `/v2/bot/message/validate/${kind}`, "validate", () => ({})),
  ),
  post("loading", "/v2/bot/chat/loading/start", "loading", startLoading),
  post("markAsRead", "/v2/bot/chat/markAsRead", "markAsRead", markAsRead),
  route("markAsReadOld", "POST", "/v2/bot/message/markAsRead", refusePartners),
  get("profile", "/v2/bot/profile/{userId}", ({ server, params: [userId] }) =>
    showProfile(server.people.profileOf(userId)),
  ),
  get("member", "/v2/bot/group/{groupId}/member/{userId}", showMember),
  get("member", "/v2/bot/room/{roomId}/member/{userId}", showMember),
  get("group", "/v2/bot/group/{groupId}/summary", showGroup),
  get("quota", "/v2/bot/message/quota", ({ server }) => ({ body: server.sending.quota })),
  get("consumption", "/v2/bot/message/quota/consumption", ({ server }) => ({
    body: { totalUsage: server.sending.usage },
  })),
  get("info", "/v2/bot/info", showBot),
  get("webhook", `${WEBHOOK}/endpoint`, showWebhook),
  route("setWebhook", "PUT", `${WEBHOOK}/endpoint`, setWebhook, {
    check: checkAs("webhookEndpoint"),
  }),
  post("testWebhook", `${WEBHOOK}/test`, "webhookTest", testWebhook),
  route("verify", "POST", "/v2/oauth/verify", verifyToken, { isOpen: true, isForm: true }),
];

const contents = (use) => (call) => call.server.contents[use](call);

export const DATA_ROUTES = [
  get("content", "/v2/bot/message/{messageId}/content", contents("whole")),
  get("preview", "/v2/bot/message/{messageId}/content/preview", contents("preview")),
  get("transcoding", "/v2/bot/message/{messageId}/content/transcoding", contents("transcoding")),
];
