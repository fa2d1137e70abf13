// How long a start takes, and what the process weighs when it has nothing to do.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, request, sleep, waitUntilReady } from '../lib/http.mjs';
import { verify } from '../lib/load.mjs';
import { startGatehouse, startUpstream, stopPeer } from '../lib/peers.mjs';
import { memoryOf, stop, treeOf } from '../lib/processes.mjs';
import { table, withRange } from '../lib/report.mjs';

const kStarts = 10;
const kSettleMs = 1000;

async function startOnce(options, upstreamPort, folder) {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const begin = performance.now();
  const running = startGatehouse({ ...options, folder, port, upstreamPort });
  await waitUntilReady(running, port, '/healthz', 1);
  const healthy = performance.now() - begin;
  await verify({ name: 'gatehouse', port, headers: {} }, false);
  const answered = performance.now() - begin;
  await request(port, '/');
  await sleep(kSettleMs);
  const memory = memoryOf(treeOf(running.pid)) / 1024;
  await stop(running);
  return { healthy, answered, memory };
}

async function startOften(options, upstreamPort, folderOf) {
  const results = [];
  for (let i = 0; i < kStarts; ++i) {
    results.push(await startOnce(options, upstreamPort, folderOf(i)));
  }
  return results;
}

function row(title, results) {
  const column = (name) => withRange(results.map((result) => result[name]));
  return [title, `${column('healthy')} ms`, `${column('answered')} ms`, `${column('memory')} MB`];
}

export async function start(options) {
  const upstream = await startUpstream(options.build, 0);
  const first = (i) => join(options.folder, `first-${i}`);
  const again = () => join(options.folder, 'again');
  await startOnce(options, upstream.port, again()); // makes the folder that the others find
  const rows = [
    row('first start, empty data folder', await startOften(options, upstream.port, first)),
    row('every other start', await startOften(options, upstream.port, again)),
  ];
  await stopPeer(upstream);
  const head = ['start', 'first 200 on /healthz', 'first answer on /v1', 'idle memory'];
  const notes =
    `Median of ${kStarts} starts (least–most), from the start of the process, ` +
    'which is asked every millisecond.';
  return `${table(head, rows)}\n\n${notes}`;
}
