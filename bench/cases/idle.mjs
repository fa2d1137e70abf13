// The memory of followers: event streams on which nothing happens.
import net from 'node:net';
import { request, sleep } from '../lib/http.mjs';
import { startPeer, startUpstream, stopPeer } from '../lib/peers.mjs';
import { memoryOf } from '../lib/processes.mjs';
import { format, table } from '../lib/report.mjs';

const kFollowers = 5000;
const kFollowersPerConversation = 50; // at most 64 are taken
const kSettleMs = 3000;
const kEnvironment = {
  GATEHOUSE_CONNECTIONS_PER_PREFIX_MAX: '10000',
  GATEHOUSE_CONNECTIONS_MAX: '10000',
  GATEHOUSE_HEARTBEAT_MS: '600000',
  GATEHOUSE_LIMITS_STREAMS_PER_PRINCIPAL: '10000',
  GATEHOUSE_LIMITS_STREAMS_PER_PREFIX: '10000',
  GATEHOUSE_LIMITS_ANSWERS_PER_PRINCIPAL: '1000',
};

async function post(port, path, token, value) {
  const body = JSON.stringify(value);
  const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
  if (token) headers.Authorization = `Bearer ${token}`;
  const answer = await request(port, path, { method: 'POST', headers, body });
  if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${answer.body}`);
  return JSON.parse(answer.body);
}

// One follower: a plain socket, which costs this process less than a request of node's own.
function follow(port, path, token) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => {
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: text/event-stream\r\n` +
          `Authorization: Bearer ${token}\r\n\r\n`,
      );
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`${path}: closed`)));
    socket.once('data', (data) => {
      const line = data.toString('latin1').split('\r\n', 1)[0];
      if (line === 'HTTP/1.1 200 OK') resolve(socket);
      else reject(new Error(`${path}: ${data.toString('latin1')}`));
    });
  });
}

async function openAll(port, token) {
  const sockets = [];
  for (let i = 0; i < kFollowers / kFollowersPerConversation; ++i) {
    const message = `Hello, number ${i}?`;
    const { conversation_id: id } = await post(port, '/api/v1/chat', token, { message });
    const path = `/api/v1/conversations/${id}/events`;
    const group = [];
    for (let n = 0; n < kFollowersPerConversation; ++n) group.push(follow(port, path, token));
    sockets.push(...(await Promise.all(group)));
  }
  return sockets;
}

export async function idle(options) {
  const upstream = await startUpstream(options.build, 0);
  const setup = { ...options, upstreamPort: upstream.port, environment: kEnvironment };
  const gatehouse = await startPeer('gatehouse', setup);
  const { token } = await post(gatehouse.port, '/api/v1/sessions', null, {});
  // A first conversation, so that what is made once is not counted as the followers'.
  await post(gatehouse.port, '/api/v1/chat', token, { message: 'The first?' });
  await sleep(kSettleMs);
  const before = memoryOf(gatehouse.pids());
  const sockets = await openAll(gatehouse.port, token);
  await sleep(kSettleMs);
  const after = memoryOf(gatehouse.pids());
  for (const socket of sockets) socket.removeAllListeners('close').destroy();
  await stopPeer(gatehouse);
  await stopPeer(upstream);
  const rows = [
    [
      String(kFollowers),
      `${format(before / 1024)} MB`,
      `${format(after / 1024)} MB`,
      `**${format((after - before) / kFollowers)} KB**`,
    ],
  ];
  const head = ['idle event streams', 'memory before', 'with them', 'per connection'];
  const notes =
    `Resident memory; ${kFollowersPerConversation} followers in each of ` +
    `${kFollowers / kFollowersPerConversation} conversations, which are counted too. ` +
    "The kernel's socket buffers are not in it.";
  return `${table(head, rows)}\n\n${notes}`;
}
