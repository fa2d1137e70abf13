// The workflows that n8n is asked through: those of deploy/n8n, and one for each way of setting it
// up, right or wrong.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../e2e/support/server.mjs";

/** Known to this test alone. */
export const SECRET = ["Kq8", "shared-for-n8n", "Tz4WmY7pRx2Lb9"].join("-");
export const KEY = ["key", "of", "the", "header", "4711"].join("-");
export const PASSWORD = ["pass", "word", "0815"].join("-");
export const USER = "gatehouse";

export const CREDENTIALS = [
  {
    id: "gatehouseJwt0001",
    name: "Gatehouse JWT",
    type: "jwtAuth",
    data: { keyType: "passphrase", secret: SECRET, algorithm: "HS256" },
  },
  {
    id: "gatehouseBasic01",
    name: "Gatehouse Basic",
    type: "httpBasicAuth",
    data: { user: USER, password: PASSWORD },
  },
  {
    id: "gatehouseKey0001",
    name: "Gatehouse key",
    type: "httpHeaderAuth",
    data: { name: "X-API-Key", value: KEY },
  },
];

/** Of a model that the agents ask: a stand-in, whose address is known later. */
export const modelCredential = (url, apiKey) => ({
  id: "gatehouseModel01",
  name: "A model",
  type: "openAiApi",
  data: { apiKey, url },
});

const CREDENTIAL_OF = {
  jwtAuth: { jwtAuth: { id: "gatehouseJwt0001", name: "Gatehouse JWT" } },
  basicAuth: { httpBasicAuth: { id: "gatehouseBasic01", name: "Gatehouse Basic" } },
  headerAuth: { httpHeaderAuth: { id: "gatehouseKey0001", name: "Gatehouse key" } },
};

const deployed = (name) => JSON.parse(readFileSync(join(ROOT, "deploy/n8n", name), "utf8"));

const webhook = (path, { auth = "none", ...parameters } = {}) => ({
  parameters: { httpMethod: "POST", path, authentication: auth, options: {}, ...parameters },
  type: "n8n-nodes-base.webhook",
  typeVersion: 2.1,
  webhookId: path,
  credentials: CREDENTIAL_OF[auth],
});
const chatTrigger = (path, responseMode, parameters = {}) => ({
  parameters: { public: true, mode: "webhook", options: { responseMode }, ...parameters },
  type: "@n8n/n8n-nodes-langchain.chatTrigger",
  typeVersion: 1.4,
  webhookId: path,
});
const code = (jsCode) => ({ parameters: { jsCode }, type: "n8n-nodes-base.code", typeVersion: 2 });
const respond = (parameters) => ({
  parameters: { options: {}, ...parameters },
  type: "n8n-nodes-base.respondToWebhook",
  typeVersion: 1.5,
});

/** Reads the question wherever its trigger has put it. */
const QUESTION =
  "const { body, ...rest } = $input.first().json; const { chatInput } = body ?? rest;";
const ANSWER = code(`${QUESTION} return [{ json: { output: 'You said: ' + chatInput } }];`);
const TEXT = { respondWith: "text", responseBody: "={{ $json.output }}" };

let made = 0;
/** One after the other. */
function workflow(...nodes) {
  made += 1;
  const named = nodes.map((node, i) => {
    return { ...node, id: `node${i}`, name: `Node ${i}`, position: [i * 220, 0] };
  });
  const connections = {};
  for (let i = 0; i + 1 < named.length; i += 1)
    connections[`Node ${i}`] = { main: [[{ node: `Node ${i + 1}`, type: "main", index: 0 }]] };
  const id = `workflow${String(made).padStart(8, "0")}`;
  const settings = { executionOrder: "v1" };
  return { id, name: nodes[0].webhookId, active: false, nodes: named, connections, settings };
}

/** An agent with a model, as most workflows have one. */
function agent(path, enableStreaming) {
  const of = workflow(chatTrigger(path, "streaming"), {
    parameters: { options: { enableStreaming } },
    type: "@n8n/n8n-nodes-langchain.agent",
    typeVersion: 3,
  });
  of.nodes.push({
    id: "model",
    name: "Model",
    position: [220, 220],
    parameters: { model: { __rl: true, mode: "id", value: "test-model" }, options: {} },
    type: "@n8n/n8n-nodes-langchain.lmChatOpenAi",
    typeVersion: 1.2,
    credentials: { openAiApi: { id: "gatehouseModel01", name: "A model" } },
  });
  of.connections.Model = {
    ai_languageModel: [[{ node: "Node 1", type: "ai_languageModel", index: 0 }]],
  };
  return of;
}

export const ACTIVE = [
  deployed("chat-workflow.json"),
  deployed("chat-trigger-workflow.json"),
  workflow(webhook("last", { responseMode: "lastNode" }), ANSWER),
  workflow(
    webhook("all", { responseMode: "lastNode", responseData: "allEntries" }),
    code(`${QUESTION} return [{ json: { output: 'one' } }, { json: { text: chatInput } }];`),
  ),
  workflow(webhook("text", { responseMode: "responseNode" }), ANSWER, respond(TEXT)),
  workflow(webhook("stream", { responseMode: "streaming" }), ANSWER, respond(TEXT)),
  workflow(
    webhook("silent", { responseMode: "streaming" }),
    ANSWER,
    respond({ ...TEXT, options: { enableStreaming: false } }),
  ),
  workflow(webhook("quiet", { responseMode: "streaming" }), ANSWER),
  workflow(
    webhook("items", { responseMode: "streaming" }),
    code(`${QUESTION} return [{ json: { output: 'a' } }];`),
    respond(TEXT),
    code("return [{ json: { output: 'second ü✓' } }];"),
    respond(TEXT),
  ),
  workflow(webhook("basic", { responseMode: "lastNode", auth: "basicAuth" }), ANSWER),
  workflow(webhook("header", { responseMode: "lastNode", auth: "headerAuth" }), ANSWER),
  workflow(webhook("jwt", { responseMode: "lastNode", auth: "jwtAuth" }), ANSWER),
  workflow(webhook("received"), ANSWER),
  workflow(webhook("get", { httpMethod: "GET", responseMode: "lastNode" }), ANSWER),
  workflow(webhook("fails", { responseMode: "lastNode" }), code("throw new Error('inner words');")),
  workflow(
    webhook("fails-streaming", { responseMode: "streaming" }),
    code("throw new Error('inner words');"),
    respond(TEXT),
  ),
  workflow(
    webhook("unnamed", { responseMode: "lastNode" }),
    code("return [{ json: { private_words: 'x' } }];"),
  ),
  workflow(webhook("empty", { responseMode: "lastNode" }), code("return [];")),
  workflow(webhook("unanswered", { responseMode: "responseNode" }), ANSWER),
  workflow(chatTrigger("trigger", "lastNode"), ANSWER),
  workflow(chatTrigger("trigger-stream", "streaming"), ANSWER, respond(TEXT)),
  agent("agent", true),
  agent("agent-silent", false),
  workflow(chatTrigger("private", "lastNode", { public: false }), ANSWER),
];

export const INACTIVE = [workflow(webhook("inactive", { responseMode: "lastNode" }), ANSWER)];
