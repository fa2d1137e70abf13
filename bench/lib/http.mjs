// Requests by hand, for checks and for waiting until a peer answers.
import http from 'node:http';
import net from 'node:net';

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

// One request on a connection of its own: {status, headers, body}.
export function request(port, path, { method = 'GET', headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, method, headers, agent: false };
    const message = http.request(options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (data) => (text += data));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body: text }),
      );
    });
    message.on('error', reject);
    message.setTimeout(10_000, () => message.destroy(new Error(`${path}: no answer in 10 s`)));
    message.end(body);
  });
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Asks again and again until the answer is 200; fails when the process ends or time runs out.
export async function waitUntilReady(running, port, path, everyMs = 5, limitMs = 15_000) {
  const end = performance.now() + limitMs;
  let last = 'no connection';
  while (performance.now() < end) {
    if (running.hasEnded) throw new Error(`${running.name} ended at its start:\n${running.output}`);
    try {
      const answer = await request(port, path);
      if (answer.status === 200) return;
      last = `status ${answer.status}`;
    } catch (error) {
      last = error.message;
    }
    await sleep(everyMs);
  }
  throw new Error(`${running.name} is not ready after ${limitMs} ms (${last}):\n${running.output}`);
}
