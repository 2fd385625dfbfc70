import { ArtifactStore, hmac, keyring, verifyOnly, wrapBackend } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';

import { eachAtOnce } from '../at-once.ts';
import type { Suite } from '../bench.ts';
import { secondsOf } from '../clock.ts';
import { randomBytes } from '../content.ts';
import type { LifecycleSettings } from '../lifecycle-settings.ts';
import { hmacSecret } from '../store.ts';
import { exactly } from '../targets.ts';

const smallBytes = 100;
/** Just too large to travel inside of its record. */
const largeBytes = 65 * 1024;
const other = hmac(hmacSecret.toReversed());
const known = hmac(hmacSecret);

/** What it costs to sign a store anew. */
export const resignCost: Suite<LifecycleSettings> = {
  name: 'resign-cost',
  async run({ resigned, atOnce }) {
    const backend = memoryBackend();
    const before = keyring({ active: 'k1', keys: { k1: known, k2: verifyOnly(other) } });
    const store = new ArtifactStore({ backend, audience: 'bench', signing: before });
    const bytes = randomBytes(largeBytes);
    await eachAtOnce([...Array(resigned).keys()], atOnce, async (index) => {
      await store.upload(`item/${index}`, index % 10 === 0 ? bytes : bytes.subarray(0, smallBytes));
    });
    const counts = { reads: 0, writes: 0, unconditional: 0, contents: 0 };
    const content = (key: string): void => void (counts.contents += key.startsWith('content/') ? 1 : 0);
    const counted = wrapBackend(backend, {
      read: (key, options) => {
        content(key);
        if (key.startsWith('records/')) counts.reads += 1;
        return backend.read(key, options);
      },
      write: (key, body, options) => {
        content(key);
        if (key.startsWith('records/')) counts[options?.condition === undefined ? 'unconditional' : 'writes'] += 1;
        return backend.write(key, body, options);
      },
    });
    const after = keyring({ active: 'k2', keys: { k1: verifyOnly(known), k2: other } });
    const rotated = new ArtifactStore({ backend: counted, audience: 'bench', signing: after });
    const seconds = await secondsOf(async () => {
      const { remaining } = await rotated.resign({ to: 'k2' });
      if (remaining['k1'] !== 0) throw new Error(`k1 is still needed by ${remaining['k1']}`);
    });
    return {
      name: 'resign-cost',
      title: 'What signing anew costs',
      about: [
        `A backend in memory with ${resigned} artifacts, one in ten of them with content of its own. Requests are counted between the store and its backend.`,
      ],
      races: [],
      tables: [
        {
          title: `Signing ${resigned} artifacts anew`,
          columns: ['records/s', 'reads of records', 'conditional writes', 'other writes', 'requests for content'],
          rows: [[resigned / seconds, counts.reads, counts.writes, counts.unconditional, counts.contents]],
        },
      ],
      targets: [
        exactly('reads of a record, for each artifact', counts.reads / resigned, 1, ''),
        exactly('conditional writes of a record, for each artifact', counts.writes / resigned, 1, ''),
        exactly('requests for content', counts.contents + counts.unconditional, 0, ''),
      ],
    };
  },
};
