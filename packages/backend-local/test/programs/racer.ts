import { once } from 'node:events';
import { writeSync } from 'node:fs';

import { ArtifactStore, isArtifactError, keyringFromText } from '@artifacts/core';

import { localBackend } from '../../src/index.ts';

// racer <root> <name> <key> <count>: once a line comes, tries to create each of so many artifacts and then to replace the first
// version of each. Says what it won: `created <id>`, `replaced <id>`.
const [, , root = '', name = '', key = '', count = '0'] = process.argv;
const store = new ArtifactStore({
  backend: localBackend({ root, durability: 'process' }),
  signing: keyringFromText(`k=${key}`),
  audience: 'races',
});

async function attempt(what: string, id: string, ifGeneration: number): Promise<void> {
  try {
    await store.upload(id, name, { ifGeneration });
    writeSync(1, `${what} ${id}\n`);
  } catch (error) {
    if (!isArtifactError(error, 'ALREADY_EXISTS') && !isArtifactError(error, 'PRECONDITION_FAILED')) throw error;
  }
}

writeSync(1, 'ready\n');
await once(process.stdin, 'data');
process.stdin.destroy();
for (let index = 0; index < Number(count); index += 1) {
  await attempt('created', `id-${index}`, 0);
  await attempt('replaced', `id-${index}`, 1);
}
