import { writeSync } from 'node:fs';

import { ArtifactStore, hmacKeyring, isArtifactError } from '@artifacts/core';

import { localBackend } from '../../src/index.ts';

// filler <root> <name> <key> <maxCount>: uploads, overwrites and deletes for ever under a quota, and tells of each upload.
const [, , root = '', name = '', key = '', maxCount = '0'] = process.argv;
const store = new ArtifactStore({
  backend: localBackend({ root, durability: 'process' }),
  signing: hmacKeyring({ active: 'k', keys: { k: `hex:${key}` } }),
  audience: 'fillers',
  quota: { maxCount: Number(maxCount) },
});
for (let round = 0; ; round += 1) {
  try {
    await store.upload(`${name}/${round % 97}`, Buffer.alloc(round % 1000));
    writeSync(1, `${round}\n`);
    if (round % 5 === 4) await store.delete(`${name}/${(round * 7) % 97}`);
  } catch (error) {
    if (!isArtifactError(error, 'QUOTA_EXCEEDED')) throw error;
  }
}
