import assert from 'node:assert/strict';

import { type ArtifactMetadata, type ArtifactStore, isArtifactError } from '@artifacts/core';

import type { Rule } from '../rule.ts';
import { assertSameBytes, content } from '../support/content.ts';
import { during } from '../support/during.ts';
import { assertRefused } from '../support/expect.ts';
import { inlineBytes, openStore, twoStores } from './stores.ts';

const racers = Array.from({ length: 16 }, (_, index) => index);

/** Generations, revisions, and who wins. */
export const artifactVersionRules: readonly Rule[] = [
  {
    title: 'the generation counts the versions of an id and begins anew after a delete',
    requires: 'compareAndSwap',
    async run(harness) {
      const store = await openStore(harness);
      const revisions = new Set<string>();
      for (const expected of [1, 2, 3]) {
        const { generation, revision } = await store.upload('doc', `version ${expected}`);
        assert.equal(generation, expected);
        revisions.add(revision);
      }
      await store.delete('doc');
      const { generation, revision } = await store.upload('doc', 'anew');
      assert.equal(generation, 1);
      assert.equal(revisions.add(revision).size, 4, 'a revision came twice');
    },
  },
  {
    title: 'an upload over a certain generation or revision is refused over any other',
    guarantee: 'I-14',
    requires: 'compareAndSwap',
    async run(harness) {
      const store = await openStore(harness);
      const first = await store.upload('doc', 'first');
      await assertRefused('PRECONDITION_FAILED', () => store.upload('doc', 'x', { ifGeneration: 2 }));
      const second = await store.upload('doc', 'second', { ifGeneration: 1 });
      await assertRefused('PRECONDITION_FAILED', () => store.upload('doc', 'x', { ifRevision: first.revision }));
      await assertRefused('PRECONDITION_FAILED', () => store.delete('doc', { ifRevision: first.revision }));
      await store.upload('doc', 'third', { ifRevision: second.revision });
      assert.equal(await (await store.download('doc')).text(), 'third');
    },
  },
  {
    title: 'of sixteen uploads that create, over two handles, exactly one succeeds',
    guarantee: 'I-13',
    requires: 'createIfAbsent',
    async run(harness) {
      const stores = await twoStores(harness);
      for (const size of [10, inlineBytes + 10]) {
        const id = `created/${size}`;
        const outcomes = await Promise.allSettled(
          racers.map((racer) =>
            stores[racer % 2 === 0 ? 0 : 1].upload(id, content(size, racer + 1), { ifGeneration: 0 }),
          ),
        );
        const winners = racers.filter((racer) => outcomes[racer]?.status === 'fulfilled');
        assert.equal(winners.length, 1, `${winners.length} of 16 created it`);
        for (const outcome of outcomes) {
          if (outcome.status === 'rejected')
            assert.ok(isArtifactError(outcome.reason, 'ALREADY_EXISTS'), String(outcome.reason));
        }
        const found = await (await stores[0].download(id)).bytes();
        assert.deepEqual(found, content(size, (winners[0] ?? 0) + 1));
      }
    },
  },
  {
    title: 'of eight uploads over one revision, over two handles, exactly one succeeds',
    guarantee: 'I-14',
    requires: 'compareAndSwap',
    async run(harness) {
      const stores = await twoStores(harness);
      for (let round = 0; round < 3; round += 1) {
        const { revision, generation } = await stores[0].upload('doc', `round ${round}`);
        const outcomes = await Promise.allSettled(
          racers
            .slice(0, 8)
            .map((racer) => stores[racer % 2 === 0 ? 0 : 1].upload('doc', `racer ${racer}`, { ifRevision: revision })),
        );
        assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
        assert.equal((await stores[1].getMetadata('doc'))?.generation, generation + 1);
      }
    },
  },
  {
    title: 'uploads at once without a condition all succeed, and each is a generation of its own',
    guarantee: 'I-15',
    requires: 'compareAndSwap',
    async run(harness) {
      const stores = await twoStores(harness);
      let undecided = 0;
      const upload = async (racer: number): Promise<ArtifactMetadata> => {
        for (;;) {
          try {
            return await stores[racer % 2 === 0 ? 0 : 1].upload('doc', `racer ${racer}`);
          } catch (error) {
            // Only where the server fails in a race. Trying again then makes one more generation, or two.
            if (!isArtifactError(error, 'OUTCOME_UNKNOWN')) throw error;
            undecided += 1;
          }
        }
      };
      const stored = await Promise.all(racers.slice(0, 8).map(upload));
      const generations = stored.map(({ generation }) => generation);
      assert.equal(new Set(generations).size, 8);
      const newest = Math.max(...generations);
      assert.ok(newest >= 8 && newest <= 8 + undecided, `8 uploads made ${newest} generations`);
      const last = stored.find(({ generation }) => generation === newest);
      assert.equal((await stores[0].getMetadata('doc'))?.revision, last?.revision);
    },
  },
  {
    title: 'readers during overwrites and deletes get one version whole, or a typed answer that there is none',
    guarantee: 'I-6',
    since: '1.1',
    async run(harness) {
      const [writer, reader] = await twoStores(harness);
      const writing = (async () => {
        for (let round = 1; round < 20; round += 1) {
          await writer.upload('doc', content(round % 2 === 0 ? 10 : inlineBytes + 10, round), { metadata: { round } });
          if (round % 5 === 0) await writer.delete('doc');
        }
      })();
      await during(writing, async () => {
        const [read] = await Promise.allSettled([whole(reader)]);
        if (read.status === 'fulfilled') return;
        const codes = ['NOT_FOUND', 'SUPERSEDED'] as const;
        if (!codes.some((code) => isArtifactError(read.reason, code))) throw read.reason;
      });
      // Nothing excuses it once all is quiet.
      await whole(reader);
    },
  },
  {
    title: 'what one handle acknowledged every other handle sees',
    guarantee: 'I-12',
    async run(harness) {
      const [one, other] = await twoStores(harness);
      for (const size of [5, inlineBytes + 5]) {
        const stored = await one.upload('seen', content(size));
        assert.deepEqual(await other.getMetadata('seen'), stored);
        assert.deepEqual(await (await other.download('seen')).bytes(), content(size));
        assert.equal((await other.page()).artifacts.length, 1);
        assert.equal(await other.delete('seen'), true);
        assert.equal(await one.getMetadata('seen'), undefined);
        await assertRefused('NOT_FOUND', () => one.download('seen'));
      }
    },
  },
  {
    title: 'without createIfAbsent an upload that creates is refused as unsupported',
    denies: 'createIfAbsent',
    async run(harness) {
      const store = await openStore(harness);
      await assertRefused('UNSUPPORTED', () => store.upload('doc', 'x', { ifGeneration: 0 }));
      assert.equal(await store.getMetadata('doc'), undefined);
    },
  },
  {
    title: 'without compareAndSwap a swap, an update, retention and a hold are refused as unsupported',
    denies: 'compareAndSwap',
    async run(harness) {
      const store = await openStore(harness);
      const { revision } = await store.upload('doc', 'x');
      await assertRefused('UNSUPPORTED', () => store.upload('doc', 'y', { ifGeneration: 1 }));
      await assertRefused('UNSUPPORTED', () => store.upload('doc', 'y', { ifRevision: revision }));
      await assertRefused('UNSUPPORTED', () => store.upload('doc', 'y', { hold: true }));
      await assertRefused('UNSUPPORTED', () => store.upload('doc', 'y', { retainUntil: Date.now() + 1e12 }));
      await assertRefused('UNSUPPORTED', () => store.update('doc', { hold: true }));
      assert.equal((await store.getMetadata('doc'))?.revision, revision);
    },
  },
];

/** Reads the artifact, and breaks the rule when its bytes are not those of its version. */
async function whole(store: ArtifactStore): Promise<void> {
  const download = await store.download('doc');
  const round = Number(download.metadata.metadata['round']);
  assertSameBytes(await download.bytes(), content(round % 2 === 0 ? 10 : inlineBytes + 10, round), `version ${round}`);
}
