import assert from 'node:assert/strict';

import type { ArtifactStore } from '@artifacts/core';

import type { Rule } from '../rule.ts';
import { content } from '../support/content.ts';
import { inlineBytes, twoStores } from './stores.ts';

/** A store remembers the records that it verified, and must never take them for what is there now. */
export const rememberedRecordRules: readonly Rule[] = [
  {
    title: 'metadata that one handle remembers are those that the other handle wrote last',
    guarantee: 'I-12',
    async run(harness) {
      for (const [one, other] of inAndOut(await twoStores(harness))) {
        for (const size of [5, inlineBytes + 5]) {
          // Of one length, and as quick as can be: what is told apart by size and time alone looks unchanged.
          for (let n = 10; n < 20; n += 1) {
            const stored = await other.upload('doc', content(size), { metadata: { n } });
            assert.deepEqual(await one.getMetadata('doc'), stored);
            assert.deepEqual(await one.getMetadata('doc'), stored, 'asked again');
          }
          await other.delete('doc');
          assert.equal(await one.getMetadata('doc'), undefined, 'after a delete');
        }
      }
    },
  },
  {
    title: 'a listing that one handle remembers is of what the other handle wrote last',
    guarantee: 'I-12',
    async run(harness) {
      for (const [one, other] of inAndOut(await twoStores(harness))) {
        for (const id of ['a', 'b', 'c']) await other.upload(id, id);
        for (let n = 10; n < 20; n += 1) {
          const stored = await other.upload('b', 'b', { metadata: { n } });
          const { artifacts } = await one.page();
          assert.deepEqual(artifacts[1], stored);
          assert.deepEqual((await one.page()).artifacts, artifacts, 'listed again');
        }
        await other.delete('b');
        assert.deepEqual(
          (await one.page()).artifacts.map(({ id }) => id),
          ['a', 'c'],
        );
      }
    },
  },
];

type Stores = readonly [one: ArtifactStore, other: ArtifactStore];

/** The two stores, and one namespace of both. */
function inAndOut([one, other]: Stores): readonly Stores[] {
  return [
    [one, other],
    [one.namespace('tenant'), other.namespace('tenant')],
  ];
}
