// The programs that are raced, each set up to do the same work with one worker.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, waitUntilReady } from './http.mjs';
import { start, stop, treeOf } from './processes.mjs';

export const kApiKey = '0123456789abcdef0123456789abcdef';
// Gatehouse's greatest allowed limits: every request is counted and none refused, up to 16
// million in any window.
export const kLimits = {
  RATE_LIMIT_PER_MINUTE: '16777215',
  RATE_LIMIT_PER_HOUR: '16777215',
  RATE_LIMIT_REQUESTS: '16777215',
  RATE_LIMIT_WINDOW: '60',
};

function nginxConfig({ port, upstreamPort, folder, isStreamed }) {
  const user = process.getuid() === 0 ? 'user root;' : '';
  return `${user} daemon off; worker_processes 1; pid ${folder}/nginx.pid;
error_log ${folder}/nginx.log warn;
events { worker_connections 8192; }
http {
  access_log off; keepalive_requests 1000000000; tcp_nodelay on;
  client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder};
  uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
  limit_req_zone $binary_remote_addr zone=clients:10m rate=1000000r/s;
  upstream backend {
    server 127.0.0.1:${upstreamPort}; keepalive 256; keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      limit_req zone=clients burst=1000000 nodelay;
      add_header X-Frame-Options DENY;
      add_header X-Content-Type-Options nosniff;
      proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_buffering ${isStreamed ? 'off' : 'on'};
      proxy_pass http://backend;
    }
  }
}
`;
}

function haproxyConfig({ port, upstreamPort, isStreamed }) {
  return `global
  nbthread 1
  maxconn 4000
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
  ${isStreamed ? 'option http-no-delay' : ''}
frontend clients
  bind 127.0.0.1:${port}
  stick-table type ip size 100k expire 60s store http_req_rate(60s)
  http-request track-sc0 src
  http-request deny deny_status 429 if { sc_http_req_rate(0) gt 1000000000 }
  http-response set-header X-Frame-Options DENY
  http-response set-header X-Content-Type-Options nosniff
  default_backend backend
backend backend
  server upstream 127.0.0.1:${upstreamPort} pool-max-conn 256
`;
}

function gatehouseEnvironment({ port, upstreamPort, folder, environment = {} }) {
  mkdirSync(join(folder, 'data'), { recursive: true });
  return {
    PATH: process.env.PATH,
    HOME: folder,
    GATEHOUSE_LISTEN: `127.0.0.1:${port}`,
    GATEHOUSE_WORKERS: '1',
    GATEHOUSE_DATA_DIR: join(folder, 'data'),
    GATEHOUSE_API_KEYS: `bench:${kApiKey}`,
    OPENAI_BASE_URL: `http://127.0.0.1:${upstreamPort}/v1`,
    OPENAI_API_KEY: 'bench-key-of-the-backend',
    ...kLimits,
    ...environment,
  };
}

function startNginx(setup) {
  const path = join(setup.folder, 'nginx.conf');
  writeFileSync(path, nginxConfig(setup));
  return start('nginx', ['-p', setup.folder, '-c', path], { name: 'nginx' });
}

function startHaproxy(setup) {
  const path = join(setup.folder, 'haproxy.cfg');
  writeFileSync(path, haproxyConfig(setup));
  return start('haproxy', ['-db', '-f', path], { name: 'haproxy' });
}

function startBare({ build, port, upstreamPort }) {
  const args = ['--port', String(port), '--upstream', `http://127.0.0.1:${upstreamPort}/v1`];
  return start(join(build, 'gatehouse-bare'), args, { name: 'gatehouse-bare' });
}

export function startGatehouse(setup) {
  return start(join(setup.build, 'gatehouse'), ['serve'], {
    name: 'gatehouse',
    cwd: setup.folder,
    env: gatehouseEnvironment(setup),
  });
}

// Installed once with: npm install --prefix bench/peers
function startPortkey({ port, benchFolder }) {
  const script = join(benchFolder, 'peers/node_modules/@portkey-ai/gateway/build/start-server.js');
  if (!existsSync(script)) throw new Error('portkey: run npm install --prefix bench/peers first');
  return start(process.execPath, [script, `--port=${port}`, '--headless'], { name: 'portkey' });
}

const kStarts = {
  nginx: startNginx,
  haproxy: startHaproxy,
  bare: startBare,
  gatehouse: startGatehouse,
  portkey: startPortkey,
};
export const kPeerNames = Object.keys(kStarts);

// What a client must send beside the request itself.
function extraHeaders(name, upstreamPort) {
  if (name !== 'portkey') return {};
  return {
    'x-portkey-provider': 'openai',
    'x-portkey-custom-host': `http://127.0.0.1:${upstreamPort}/v1`,
  };
}

// Its processes are looked up anew each time: Gatehouse starts with children that read documents.
function peerOf(name, port, running, headers) {
  return { name, port, running, headers, pids: () => treeOf(running.pid) };
}

export async function startUpstream(build, deltaIntervalMs = 4) {
  const port = await freePort();
  const program = join(build, 'gatehouse-bench-upstream');
  const args = ['--port', String(port), '--delta-interval-ms', String(deltaIntervalMs)];
  const running = start(program, args, { name: 'upstream' });
  await waitUntilReady(running, port, '/v1/models');
  return peerOf('upstream', port, running, {});
}

// One peer, started and answering. `setup`: build, benchFolder, folder, upstreamPort, isStreamed.
export async function startPeer(name, setup) {
  const port = await freePort();
  const folder = join(setup.folder, name);
  mkdirSync(folder, { recursive: true });
  const running = kStarts[name]({ ...setup, port, folder });
  const readyPath = { gatehouse: '/readyz', portkey: '/' }[name] ?? '/v1/models';
  await waitUntilReady(running, port, readyPath);
  return peerOf(name, port, running, extraHeaders(name, setup.upstreamPort));
}

export const stopPeer = (peer) => stop(peer.running);
