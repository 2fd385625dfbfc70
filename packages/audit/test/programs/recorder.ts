// Records operations until it is killed or refused, and says which were acknowledged.
import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';

import { hmacKeyring, isArtifactError } from '@artifacts/core';

import { auditLog } from '../../src/index.ts';

const [file = '', from = '0'] = process.argv.slice(2);
const key = createHash('sha256').update('secret of k1').digest();
const log = auditLog({
  file,
  keyring: hmacKeyring({ active: 'k1', keys: { k1: key } }),
  checkpointEvery: 7,
  rotate: { maxBytes: 16_384 },
});

await Promise.all(Array.from({ length: 4 }, (_, worker) => record(worker)));

async function record(worker: number): Promise<void> {
  for (let n = Number(from); ; n += 1) {
    const id = `${worker}/${n}`;
    const start = { operationId: id, operation: 'upload', store: 'main', backend: 'memory', id, startedAt: 0 } as const;
    try {
      await log.sink.begin(start);
    } catch (error) {
      if (!isArtifactError(error, 'BACKEND')) throw error;
      return;
    }
    writeSync(1, `${id}\n`);
  }
}
