import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

import { type ArtifactBackend, isArtifactError } from '@artifacts/core';

import type { Rule } from '../rule.ts';
import { inChunks } from '../support/bodies.ts';
import { during } from '../support/during.ts';
import { assertSameBytes, content, text } from '../support/content.ts';
import { collect, find } from '../support/expect.ts';
import { pick, twoHandles } from '../support/handles.ts';

/** What readers and writers without conditions see of each other. */
export const overlapRules: readonly Rule[] = [
  {
    title: 'of concurrent writes without a condition all succeed and one of them is what stays',
    guarantee: 'I-6',
    async run(harness) {
      const handles = await twoHandles(harness);
      for (const size of [100, 700_000]) {
        const written = await Promise.all(
          Array.from({ length: 16 }, (_, racer) => {
            const bytes = content(size + racer, racer);
            return pick(handles, racer).write('shared', racer % 2 === 0 ? bytes : inChunks(bytes, 65_536));
          }),
        );
        const { info, body } = await find(handles[0], 'shared');
        const last = written.findIndex(({ version }) => version === info.version);
        assert.notEqual(last, -1, 'the version found is none of those written');
        assertSameBytes(await collect(body), content(size + last, last));
      }
    },
  },
  {
    title: 'readers during overwrites see whole objects under their own versions',
    guarantee: 'I-6',
    async run(harness) {
      const handles = await twoHandles(harness);
      const versions = new Map<string, number>();
      const put = async (seed: number) => {
        const bytes = content(200_000 + seed, seed);
        const written = await handles[0].write('torn', seed % 2 === 0 ? bytes : inChunks(bytes, 30_000));
        versions.set(written.version, seed);
      };
      await put(1);
      const writing = (async () => {
        for (let seed = 2; seed < 60; seed += 1) await put(seed);
      })();
      const seen: { version: string; digest: string }[] = [];
      const look = async (handle: ArtifactBackend) => {
        const { info, body } = await find(handle, 'torn');
        const [outcome] = await Promise.allSettled([collect(body)]);
        if (outcome.status === 'fulfilled') seen.push({ version: info.version, digest: sha256(outcome.value) });
        else assert.ok(isArtifactError(outcome.reason, 'SUPERSEDED'), String(outcome.reason));
      };
      await Promise.all([0, 1, 2, 3].map((reader) => during(writing, () => look(pick(handles, reader)))));
      for (const { version, digest } of seen) {
        const seed = versions.get(version);
        assert.ok(seed !== undefined, 'a reader saw a version that no write gave');
        assert.equal(digest, sha256(content(200_000 + seed, seed)), 'torn bytes, or those of another version');
      }
    },
  },
  {
    title: 'readers see an object that is only ever replaced, never its absence',
    guarantee: 'I-6',
    async run(harness) {
      const [writer, reader] = await twoHandles(harness);
      await writer.write('always', text('0'));
      const writing = (async () => {
        for (let round = 1; round < 100; round += 1) await writer.write('always', text(String(round)));
      })();
      await during(writing, async () => assert.equal((await reader.read('always')).status, 'found'));
    },
  },
];

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
