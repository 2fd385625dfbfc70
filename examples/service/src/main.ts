import { auditLog } from '@artifacts/audit';
import { keyringFromEnvironment, openArtifactStore, startSweeper } from '@artifacts/core';
import { prometheusMetrics } from '@artifacts/metrics-prometheus';
import { register } from 'prom-client';

import { byRights, type RequestContext } from './authorize.ts';
import { configurationOf } from './configuration.ts';
import { metricsHandler } from './metrics.ts';
import { ArtifactService } from './service.ts';

const { host, port, users, auditFile, idleMs, sweepMs, ...limits } = configurationOf(process.env);
const { maxSizeBytes, quotaBytes, delayMs, drainMs } = limits;

const metrics = prometheusMetrics({ register });
const actor = (context: unknown) => (context as RequestContext | undefined)?.user?.name;
const trail =
  auditFile === undefined ? undefined : auditLog({ file: auditFile, keyring: keyringFromEnvironment(), actor });
const store = await openArtifactStore(undefined, {
  maxSizeBytes,
  idleTimeoutMs: idleMs,
  quota: quotaBytes === undefined ? undefined : { maxBytes: quotaBytes },
  observers: [metrics],
  audit: trail?.sink,
});
// Everything that is wrong, at once and before the first request.
await store.ready();
metrics.watch(store);
const sweeper = startSweeper(store, { every: sweepMs, onError: report });

const service = new ArtifactService({
  store,
  users,
  authorize: byRights,
  handlers: [metricsHandler(register, users)],
  health: { deep: true },
  // The store ends what stands still first, and says why.
  idleMs: 2 * idleMs,
  delayMs,
  drainMs,
  onError: report,
});
const bound = await service.listen(port, host);
console.log(`listening on ${host}:${bound}`);

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void end(signal));

async function end(signal: string): Promise<void> {
  console.log(`${signal}: closing`);
  await sweeper.stop();
  await service.close();
  // Its last line is signed when nothing can follow it.
  await trail?.close();
}

function report(error: unknown): void {
  console.error(error);
}
