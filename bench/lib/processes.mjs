// Child processes and what the kernel says about them.
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

const started = new Set();

// Starts a program in a process group of its own, so that stopping it takes its workers along.
// What it prints is kept for error messages.
export function start(command, args, options = {}) {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    ...options,
  });
  const running = { pid: child.pid, name: options.name ?? command, output: '', hasEnded: false };
  const keep = (data) => {
    running.output = (running.output + data).slice(-4000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  running.ended = new Promise((resolve) => {
    child.on('error', (error) => {
      running.output += error.message;
      running.hasEnded = true;
      resolve();
    });
    child.on('exit', () => {
      running.hasEnded = true;
      started.delete(running);
      resolve();
    });
  });
  if (child.pid) started.add(running);
  return running;
}

function signal(running, name) {
  try {
    process.kill(-running.pid, name);
  } catch {
    // It has ended by itself.
  }
}

export async function stop(running) {
  if (running.hasEnded) return;
  signal(running, 'SIGTERM');
  const killer = setTimeout(() => signal(running, 'SIGKILL'), 3000);
  await running.ended;
  clearTimeout(killer);
}

export const stopAll = () => Promise.all([...started].map(stop));

// Whatever happens, nothing of ours stays behind.
process.on('exit', () => {
  for (const running of started) signal(running, 'SIGKILL');
});
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => process.exit(130));

export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data) => (stdout += data));
    child.stderr.on('data', (data) => (stderr += data));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(stdout);
      else reject(new Error(`${command} ended with ${code}: ${stderr || stdout}`));
    });
  });
}

// The fields of /proc/<pid>/stat behind the name, which may hold spaces: [0] is the state.
function statOf(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

// A process and all its descendants.
export function treeOf(pid) {
  const parents = new Map();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      parents.set(Number(entry), Number(statOf(entry)[1]));
    } catch {
      // Ended meanwhile.
    }
  }
  const tree = [pid];
  for (let i = 0; i < tree.length; ++i) {
    for (const [child, parent] of parents) if (parent === tree[i]) tree.push(child);
  }
  return tree;
}

const kTickUs = 10_000; // USER_HZ is 100 on every Linux that node runs on

// CPU time of processes in microseconds. The scheduler counts the total in nanoseconds; the split
// into user and system is sampled by ticks, so only its proportion is used.
export function cpuOf(pids) {
  let total = 0;
  let user = 0;
  let system = 0;
  for (const pid of pids) {
    const fields = statOf(pid);
    user += Number(fields[11]) * kTickUs;
    system += Number(fields[12]) * kTickUs;
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const line = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8');
      total += Number(line.split(' ')[0]) / 1000;
    }
  }
  return { total, user, system };
}

export function cpuBetween(before, after) {
  const total = after.total - before.total;
  const user = after.user - before.user;
  const system = after.system - before.system;
  const userShare = user + system > 0 ? user / (user + system) : 0;
  return { total, user: total * userShare, system: total * (1 - userShare) };
}

// Resident memory in KB, shared pages counted once per process.
export function memoryOf(pids) {
  let kilobytes = 0;
  for (const pid of pids) {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    kilobytes += Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
  }
  return kilobytes;
}
