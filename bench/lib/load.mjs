// The load: wrk with a chat request, checked by hand first.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { request, sleep } from './http.mjs';
import { kApiKey } from './peers.mjs';
import { cpuBetween, cpuOf, run, start } from './processes.mjs';

export const kConnections = 32;
export const kDeltas = 50;
const kPath = '/v1/chat/completions';
const kText = 'Take the second door on the left.';

// About 500 bytes, as a chat program sends it.
function bodyOf(isStreamed) {
  return JSON.stringify({
    model: 'bench',
    messages: [
      {
        role: 'system',
        content: 'You help the visitors of a museum. Answer in short, plain sentences.',
      },
      {
        role: 'user',
        content:
          'I came in through the north entrance with two children and a push chair. Which way ' +
          'is it to the dinosaurs, is there a lift on the way, and where can we have lunch ' +
          'without going outside again? We have about three hours.',
      },
    ],
    temperature: 0.2,
    max_tokens: 256,
    ...(isStreamed ? { stream: true, stream_options: { include_usage: true } } : {}),
  });
}

const headersFor = (peer) => ({
  'Content-Type': 'application/json',
  Accept: 'application/json, text/event-stream',
  'User-Agent': 'OpenAI/Python 1.59.7',
  Authorization: `Bearer ${kApiKey}`,
  ...peer.headers,
});

function fail(peer, what, answer) {
  throw new Error(`${peer.name}: ${what}\nstatus ${answer.status}\n${answer.body.slice(0, 600)}`);
}

function checkWhole(peer, answer) {
  const text = JSON.parse(answer.body)?.choices?.[0]?.message?.content;
  if (text !== kText) fail(peer, 'the answer has not the right text', answer);
}

function checkStream(peer, answer) {
  const events = answer.body.split('\n\n').filter((event) => event.startsWith('data: '));
  if (events.at(-1) !== 'data: [DONE]') fail(peer, 'the stream has no end', answer);
  const chunks = events.slice(0, -1).map((event) => JSON.parse(event.slice(6)));
  const words = chunks.map((chunk) => chunk.choices[0]?.delta?.content).filter(Boolean);
  if (words.length !== kDeltas) fail(peer, `the stream has ${words.length} deltas`, answer);
  if (!chunks.some((chunk) => chunk.usage)) fail(peer, 'the stream has no usage', answer);
}

// The same request by hand.
export function chatRequest() {
  return { path: kPath, headers: headersFor({ headers: {} }), body: bodyOf(false) };
}

// Fails unless the peer answers as it should.
export async function verify(peer, isStreamed) {
  const body = bodyOf(isStreamed);
  const answer = await request(peer.port, kPath, {
    method: 'POST',
    headers: { ...headersFor(peer), 'Content-Length': Buffer.byteLength(body) },
    body,
  });
  if (answer.status !== 200) fail(peer, 'the request was refused', answer);
  (isStreamed ? checkStream : checkWhole)(peer, answer);
}

const quoted = (text) => `[==[${text}]==]`;

function writeScript(folder, peer, isStreamed) {
  const headers = Object.entries(headersFor(peer))
    .map(([name, value]) => `wrk.headers[ ${quoted(name)} ] = ${quoted(value)}\n`)
    .join('');
  const path = join(folder, `${peer.name}-${isStreamed ? 'stream' : 'whole'}.lua`);
  writeFileSync(
    path,
    `wrk.method = "POST"
wrk.body = ${quoted(bodyOf(isStreamed))}
${headers}
done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format('{"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99)))
  io.write(string.format('"refused":%d,"connect":%d,"read":%d,"write":%d,"timeout":%d}\\n',
    errors.status, errors.connect, errors.read, errors.write, errors.timeout))
end
`,
  );
  return path;
}

export async function wrk(peer, { folder, seconds, isStreamed }) {
  const script = writeScript(folder, peer, isStreamed);
  const url = `http://127.0.0.1:${peer.port}${kPath}`;
  const args = ['-t1', `-c${kConnections}`, `-d${seconds}s`, '--timeout', '5s', '-s', script, url];
  const printed = await run('wrk', args);
  const result = JSON.parse(printed.slice(printed.lastIndexOf('{"requests"')));
  if (result.requests === 0) throw new Error(`${peer.name}: wrk got no answer`);
  const { refused, connect, read, write, timeout } = result;
  if (refused + connect + read + write + timeout > 0) {
    const hint = refused > 0 ? ' (more than a million requests in a minute?)' : '';
    throw new Error(`${peer.name}: ${JSON.stringify(result)}${hint}`);
  }
  return result;
}

// One measurement: the load for so many seconds, and the CPU time the peer took for it.
export async function measure(peer, options) {
  const pids = peer.pids();
  const before = cpuOf(pids);
  const load = await wrk(peer, options);
  const cpu = cpuBetween(before, cpuOf(pids));
  const per = (microseconds) => microseconds / load.requests;
  return {
    cpu: per(cpu.total),
    user: per(cpu.user),
    system: per(cpu.system),
    rate: load.requests / (load.microseconds / 1e6),
    p50: load.p50 / 1000,
    p99: load.p99 / 1000,
  };
}

// System calls per request, in a run of its own. perf counts them without slowing the peer down;
// strace does slow it down, which changes how much one wait gathers, so it comes second.
const kCounters = [
  {
    command: 'perf',
    args: (output, pids) =>
      ['stat', '-x,', '-e', 'raw_syscalls:sys_enter', '-o', output, '-p', pids.join(',')],
    total: /^(\d+),/m,
  },
  {
    command: 'strace',
    args: (output, pids) =>
      ['-f', '-c', '-o', output, ...pids.flatMap((pid) => ['-p', String(pid)])],
    total: /^\s*100\.00\s+\S+\s+(?:\S+\s+)?(\d+)\s+(?:\d+\s+)?total$/m,
  },
];

async function countWith(counter, peer, options) {
  const output = join(options.folder, `${peer.name}.${counter.command}`);
  const running = start(counter.command, counter.args(output, peer.pids()));
  await sleep(300);
  if (running.hasEnded) return null; // it is missing, or not allowed here
  const load = await wrk(peer, { ...options, seconds: 2 });
  process.kill(running.pid, 'SIGINT');
  await running.ended;
  const total = counter.total.exec(readFileSync(output, 'utf8'));
  return total === null ? null : Number(total[1]) / load.requests;
}

export async function countSystemCalls(peer, options) {
  for (const counter of kCounters) {
    const calls = await countWith(counter, peer, options);
    if (calls !== null) return calls;
  }
  return null;
}
