// A program that stores, reads, fails and sweeps, and answers scrapes: what the dashboard and the rules are shown at work on. It
// prints its port, and goes on until its standard input ends.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { ArtifactError, ArtifactStore, generateKey, hmacKeyring, wrapBackend } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';
import { prometheusMetrics } from '@artifacts/metrics-prometheus';
import { Registry } from 'prom-client';

const openMetrics = process.argv.includes('--openmetrics');
const register = new Registry(openMetrics ? Registry.OPENMETRICS_CONTENT_TYPE : Registry.PROMETHEUS_CONTENT_TYPE);
const metrics = prometheusMetrics({ register, traceId: ({ operationId }) => operationId.replaceAll('-', '') });
const signing = hmacKeyring({ active: 'k1', keys: { k1: generateKey() } });
const strangers = hmacKeyring({ active: 'k1', keys: { k1: generateKey() } });

// Some calls of the storage fail once, and some take their time.
const memory = memoryBackend();
let calls = 0;
const backend = wrapBackend(memory, {
  async read(key, options) {
    calls += 1;
    if (calls % 9 === 0) await wait(calls % 40);
    if (calls % 25 < 2) throw new ArtifactError('UNAVAILABLE', 'the storage is busy');
    return memory.read(key, options);
  },
});
// What was replaced is due after seconds, so that there is something to sweep.
const options = { signing, audience: 'live', observers: [metrics], graceMs: 4000 };
const reports = new ArtifactStore({
  ...options,
  backend,
  label: 'reports',
  quota: { maxBytes: 40_000_000, maxCount: 400 },
});
const models = new ArtifactStore({ ...options, backend: memoryBackend(), label: 'models' });
for (const store of [reports, models]) metrics.watch(store, { refreshMs: 1000 });

const server = createServer((_, response) => {
  register.metrics().then(
    (text) => response.writeHead(200, { 'content-type': register.contentType }).end(text),
    () => response.writeHead(500).end(),
  );
}).listen(0, '127.0.0.1');
await once(server, 'listening');
console.log(server.address().port);

const stopping = new AbortController();
process.stdin.resume().once('end', () => stopping.abort());
for (let n = 0; !stopping.signal.aborted; n += 1) {
  const load = 1 + Math.round(3 * (1 + Math.sin(n / 12)));
  await Promise.all(Array.from({ length: load }, (_, lane) => work(n * 10 + lane)));
  await wait(40, undefined, { signal: stopping.signal }).catch(() => undefined);
}
server.close();
server.closeAllConnections();

async function work(n) {
  const id = `builds/${n % 250}`;
  await reports.upload(id, new Uint8Array(1000 + ((n * 7919) % 120_000))).catch(known);
  await read(reports, `builds/${(n * 31) % 300}`);
  await reports.getMetadata(id).catch(known);
  const model = `weights/${n % 40}`;
  await models.upload(model, new Uint8Array(1_500_000 + n)).catch(known);
  await read(models, model);
  if (n % 20 === 0) await reports.page({ limit: 50 }).catch(known);
  if (n % 30 === 0) await tamper(n);
  if (n % 50 === 0) await models.sweep({ limit: 40 }).catch(known);
}

async function read(store, id) {
  try {
    await (await store.download(id)).bytes();
  } catch (error) {
    known(error);
  }
}

/** A record that somebody else signed, in the place of ours. */
async function tamper(n) {
  const stranger = new ArtifactStore({ backend: memory, audience: 'live', signing: strangers });
  const id = `forged/${n}`;
  await stranger.upload(id, 'forged');
  await read(reports, id);
  await stranger.delete(id);
}

function known(error) {
  if (error?.name !== 'ArtifactError') throw error;
}
