import { writeSync } from 'node:fs';

import { isArtifactError } from '@artifacts/core';

import { localBackend } from '../../src/index.ts';
import { type Flaw, flaws } from '../support/flaws.ts';
import { randomFrom } from '../support/random.ts';

// contender <root> <name> <rounds> <seed> [flaw]: creates what is absent, and replaces or deletes what is there, each only if
// nobody was faster. Says of every success which version it took and which one it left: `<taken> <left>`.
const [, , root = '', name = '', rounds = '0', seed = '0', flaw = 'none'] = process.argv;
const backend = localBackend({ root, durability: 'process', ...flaws[flaw as Flaw] });
const random = randomFrom(Number(seed));

async function step(round: number): Promise<string> {
  const bytes = Buffer.from(`${name} ${round}`);
  const found = await backend.read('contended');
  if (found.status !== 'found') {
    const { version } = await backend.write('contended', bytes, { condition: { absent: true } });
    return `absent ${version}`;
  }
  const condition = { version: found.info.version };
  if (random() < 0.5) {
    await backend.delete('contended', { condition });
    return `${condition.version} absent`;
  }
  const { version } = await backend.write('contended', bytes, { condition });
  return `${condition.version} ${version}`;
}

for (let round = 0; round < Number(rounds); round += 1) {
  try {
    writeSync(1, `${await step(round)}\n`);
  } catch (error) {
    if (!isArtifactError(error, 'PRECONDITION_FAILED')) throw error;
  }
}
