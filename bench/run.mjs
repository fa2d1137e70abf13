#!/usr/bin/env node
// Races Gatehouse against nginx and HAProxy, and weighs it. Everything runs on loopback, on free
// ports, and is stopped at the end.
//
//   node bench/run.mjs [whole|stream|idle|start|sign-ins|all]... [--seconds 5] [--rounds 3]
//        [--peers nginx,haproxy,bare,gatehouse,portkey] [--delta-interval-ms 4]
//        [--build build/bench] [--write]
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { idle } from './cases/idle.mjs';
import { stream, whole } from './cases/race.mjs';
import { signIns } from './cases/sign_ins.mjs';
import { start } from './cases/start.mjs';
import { kPeerNames } from './lib/peers.mjs';
import { stopAll } from './lib/processes.mjs';
import { machine, writeInto } from './lib/report.mjs';

const kCases = { whole, stream, idle, start, 'sign-ins': signIns };
const benchFolder = dirname(fileURLToPath(import.meta.url));
const page = join(benchFolder, '../docs/performance.md');

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

function numberOf(values, name, least) {
  const value = Number(values[name]);
  if (!Number.isInteger(value) || value < least) fail(`--${name} is a number from ${least} on`);
  return value;
}

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '5' },
      rounds: { type: 'string', default: '3' },
      'delta-interval-ms': { type: 'string', default: '4' },
      peers: { type: 'string', default: 'nginx,haproxy,bare,gatehouse' },
      build: { type: 'string', default: join(benchFolder, '../build/bench') },
      write: { type: 'boolean', default: false },
    },
  });
  const asked = positionals.length === 0 ? ['all'] : positionals;
  const unknown = asked.find((name) => name !== 'all' && !(name in kCases));
  const known = Object.keys(kCases).join(', ');
  if (unknown) fail(`There is no bench "${unknown}": use ${known} or all.`);
  const peers = values.peers.split(',').filter(Boolean);
  const stranger = peers.find((name) => !kPeerNames.includes(name));
  if (stranger) fail(`There is no peer "${stranger}": use ${kPeerNames.join(', ')}.`);
  return {
    names: asked.includes('all') ? Object.keys(kCases) : asked,
    peers,
    seconds: numberOf(values, 'seconds', 1),
    rounds: numberOf(values, 'rounds', 1),
    deltaIntervalMs: numberOf(values, 'delta-interval-ms', 0),
    build: resolve(values.build),
    isWritten: values.write,
  };
}

async function main() {
  const options = readArguments();
  if (!existsSync(join(options.build, 'gatehouse-bench-upstream'))) {
    fail(`${options.build} holds no built benches. Build them with ./dev bench.`);
  }
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'));
  const log = (line) => process.stderr.write(`${line}\n`);
  const sections = {};
  try {
    for (const name of options.names) {
      log(`-- ${name}`);
      const text = await kCases[name]({ ...options, folder, benchFolder, log });
      sections[name] =
        `${text}\n\n${new Date().toISOString().slice(0, 10)}, ` +
        `\`node bench/run.mjs ${process.argv.slice(2).join(' ')}\`, ${machine()}.`;
      process.stdout.write(`\n### ${name}\n\n${sections[name]}\n\n`);
    }
    if (options.isWritten) writeInto(page, sections);
  } finally {
    await stopAll();
    rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error) => {
  process.stderr.write(`${error.stack ?? error}\n`);
  process.exit(1);
});
