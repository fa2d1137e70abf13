// Chats through every peer: answered whole, and streamed.
import { countSystemCalls, kConnections, kDeltas, measure, verify, wrk } from '../lib/load.mjs';
import { startPeer, startUpstream, stopPeer } from '../lib/peers.mjs';
import { format, median, table, withRange } from '../lib/report.mjs';

const kTitles = {
  upstream: 'the backend itself',
  nginx: 'nginx: proxy, `limit_req`, two headers',
  haproxy: 'HAProxy: proxy, stick-table rate, two headers',
  bare: 'gatehouse-bare: no guards, JSON or accounts',
  gatehouse: '**Gatehouse as it ships**',
  portkey: 'Portkey gateway (Node)',
};

// Portkey 1.15.2 answers our streamed request with status 500 (an exception of its own).
const kWholeOnly = ['portkey'];

async function warmUp(peers, options) {
  for (const peer of peers) {
    await verify(peer, options.isStreamed);
    await wrk(peer, { ...options, seconds: 1 });
  }
}

// The order turns around with every round, so that no peer always runs behind the same one.
async function measureRounds(peers, options) {
  const rounds = new Map(peers.map((peer) => [peer.name, []]));
  for (let round = 0; round < options.rounds; ++round) {
    const order = round % 2 === 0 ? peers : [...peers].reverse();
    for (const peer of order) {
      const result = await measure(peer, options);
      rounds.get(peer.name).push(result);
      options.log(
        `round ${round + 1} ${peer.name}: ${format(result.cpu)} µs CPU, ${format(result.rate)}/s`,
      );
    }
  }
  return rounds;
}

const column = (results, name) => results.map((result) => result[name]);

function rowsOf(rounds, calls, isStreamed) {
  const nginx = rounds.get('nginx');
  const base = nginx ? median(column(nginx, 'cpu')) : null;
  return [...rounds].map(([name, results]) => {
    const cpu = median(column(results, 'cpu'));
    const perDelta = isStreamed ? [format(cpu / kDeltas)] : [];
    return [
      kTitles[name],
      withRange(column(results, 'cpu')),
      ...perDelta,
      format(median(column(results, 'user'))),
      format(median(column(results, 'system'))),
      base && name !== 'upstream' ? `${(cpu / base).toFixed(2)} ×` : '–',
      format(calls.get(name) ?? null),
      withRange(column(results, 'rate')),
      format(median(column(results, 'p50'))),
      format(median(column(results, 'p99'))),
    ];
  });
}

// What the guards, JSON and accounts add to the same path without them.
function difference(rounds, isStreamed) {
  const bare = rounds.get('bare');
  const whole = rounds.get('gatehouse');
  if (!bare || !whole) return '';
  const extra = (name) => median(column(whole, name)) - median(column(bare, name));
  if (!isStreamed) {
    return `Guards, JSON and accounts add ${format(extra('cpu'))} µs to a request ` +
      `(${format(extra('user'))} µs of it in user space).`;
  }
  return `JSON and guards add ${format(extra('cpu') / kDeltas)} µs to a delta ` +
    `(${format(extra('user') / kDeltas)} µs of it in user space), with its share of the request.`;
}

async function race(options, isStreamed) {
  const upstream = await startUpstream(options.build, options.deltaIntervalMs);
  const setup = { ...options, isStreamed, upstreamPort: upstream.port };
  const peers = [upstream];
  for (const name of options.peers) {
    if (isStreamed && kWholeOnly.includes(name)) options.log(`${name} is left out: see kWholeOnly`);
    else peers.push(await startPeer(name, setup));
  }
  const load = { ...options, isStreamed };
  await warmUp(peers, load);
  const rounds = await measureRounds(peers, load);
  const calls = new Map();
  for (const peer of peers) calls.set(peer.name, await countSystemCalls(peer, load));
  for (const peer of peers.reverse()) await stopPeer(peer);
  const what = isStreamed ? 'stream' : 'request';
  const head = [
    'peer',
    `CPU µs per ${what}`,
    ...(isStreamed ? ['per delta'] : []),
    'user',
    'system',
    'nginx = 1',
    `system calls per ${what}`,
    `${what}s/s`,
    'p50 ms',
    'p99 ms',
  ];
  const notes =
    `${kConnections} connections, one worker each; median of ${options.rounds} rounds of ` +
    `${options.seconds} s in alternating order (least–most).` +
    (isStreamed ? ` ${kDeltas} deltas, ${options.deltaIntervalMs} ms apart, none held back.` : '');
  const rows = rowsOf(rounds, calls, isStreamed);
  return [table(head, rows), difference(rounds, isStreamed), notes].filter(Boolean).join('\n\n');
}

export const whole = (options) => race(options, false);
export const stream = (options) => race(options, true);
