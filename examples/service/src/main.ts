import { openArtifactStore, startSweeper } from '@artifacts/core';

import { byRights } from './authorize.ts';
import { configurationOf } from './configuration.ts';
import { ArtifactService } from './service.ts';

const { host, port, users, maxSizeBytes, quotaBytes, idleMs, delayMs, drainMs, sweepMs } = configurationOf(process.env);

const store = await openArtifactStore(undefined, {
  maxSizeBytes,
  idleTimeoutMs: idleMs,
  quota: quotaBytes === undefined ? undefined : { maxBytes: quotaBytes },
});
// Everything that is wrong, at once and before the first request.
await store.ready();
const sweeper = startSweeper(store, { every: sweepMs, onError: report });

const service = new ArtifactService({
  store,
  users,
  authorize: byRights,
  health: { deep: true },
  // The store ends what stands still first, and says why.
  idleMs: 2 * idleMs,
  delayMs,
  drainMs,
  onError: report,
});
const bound = await service.listen(port, host);
console.log(`listening on ${host}:${bound}`);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    console.log(`${signal}: closing`);
    void sweeper.stop().then(() => service.close());
  });
}

function report(error: unknown): void {
  console.error(error);
}
