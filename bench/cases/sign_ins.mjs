// What a flood of sign-ins does to those who chat: each costs 60 ms and 64 MB of argon2id, on a
// lane of its own.
import http from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { freePort, sleep, waitUntilReady } from '../lib/http.mjs';
import { chatRequest } from '../lib/load.mjs';
import { startGatehouse, startUpstream, stopPeer } from '../lib/peers.mjs';
import { stop } from '../lib/processes.mjs';
import { format, table } from '../lib/report.mjs';

const kChatsPerSecond = 200;
const kSignInsPerSecond = 1000;
const kTickMs = 5;
const kSeconds = 10;

// Whoever floods waits for nobody: neither their connections nor their thread stand in the way of
// those who chat, else the bench would measure itself.
const kAgents = {
  chats: new http.Agent({ keepAlive: true, maxSockets: 64 }),
  signIns: new http.Agent({ keepAlive: true, maxSockets: 512 }),
};

// Sends one request and tells its status and how long it took.
function timed(port, agent, { path, headers, body }) {
  const begin = performance.now();
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port, path, method: 'POST', headers, agent };
    const message = http.request(options, (response) => {
      response.resume();
      response.on('end', () =>
        resolve({ status: response.statusCode, ms: performance.now() - begin }),
      );
    });
    message.on('error', () => resolve({ status: 0, ms: performance.now() - begin }));
    message.end(body);
  });
}

// `perSecond` requests in even steps, whether or not those before were answered.
async function send(perSecond, make, agent, port) {
  const answers = [];
  const begin = performance.now();
  for (let sent = 0; performance.now() - begin < kSeconds * 1000; await sleep(kTickMs)) {
    const due = ((performance.now() - begin) / 1000) * perSecond;
    for (; sent < due; ++sent) answers.push(timed(port, agent, make(sent)));
  }
  return answers;
}

// Each from an address and for a name of its own, so that nothing but the lane bounds them.
function signIn(number) {
  const body = JSON.stringify({ name: `nobody-${number}`, password: 'a wrong one, of course' });
  const address = `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;
  return {
    path: '/api/v1/auth/sign-in',
    headers: { 'Content-Type': 'application/json', 'X-Forwarded-For': address },
    body,
  };
}

// In a thread of its own: how often each status came, once all is answered.
function flood(port) {
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { floodsPort: port } });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

function countStatuses(answers) {
  const counts = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

async function floodAndTell(port) {
  const sent = await send(kSignInsPerSecond, signIn, kAgents.signIns, port);
  parentPort.postMessage(countStatuses(await Promise.all(sent)));
}

const percentile = (answers, part) =>
  answers.map(({ ms }) => ms).sort((a, b) => a - b)[Math.floor(answers.length * part)];

function chatRow(title, answers) {
  const { 200: answered, ...wrong } = countStatuses(answers);
  if (answered !== answers.length) throw new Error(`${title}: ${JSON.stringify(wrong)}`);
  return [title, format(percentile(answers, 0.5)), format(percentile(answers, 0.99))];
}

export async function signIns(options) {
  const upstream = await startUpstream(options.build, 0);
  const port = await freePort();
  const folder = join(options.folder, 'sign-ins');
  const environment = { GATEHOUSE_TRUSTED_PROXIES: '127.0.0.0/8' };
  const running = startGatehouse({
    ...options, folder, port, upstreamPort: upstream.port, environment,
  });
  await waitUntilReady(running, port, '/healthz');
  const chats = () => send(kChatsPerSecond, chatRequest, kAgents.chats, port);
  await chats(); // warms up
  const idle = await Promise.all(await chats());
  const flooding = flood(port);
  const flooded = await Promise.all(await chats());
  await stop(running); // what still waits then is answered by the drain, or cut
  kAgents.chats.destroy();
  const refused = await flooding;
  await stopPeer(upstream);
  const all = Object.values(refused).reduce((sum, count) => sum + count, 0);
  const head = ['chats, whole', 'p50 ms', 'p99 ms'];
  const rows = [
    chatRow('alone', idle),
    chatRow(`with ${kSignInsPerSecond} sign-ins a second`, flooded),
  ];
  const ratio = percentile(flooded, 0.99) / percentile(idle, 0.99);
  return `${table(head, rows)}\n\n` +
    `p99 with the flood is ${ratio.toFixed(2)} times that without. Of ${all} sign-ins ` +
    `${refused[401] ?? 0} were checked and refused, ${refused[503] ?? 0} told to come back; ` +
    `${kChatsPerSecond} chats a second for ${kSeconds} s, one worker.`;
}

if (!isMainThread && workerData?.floodsPort) await floodAndTell(workerData.floodsPort);
