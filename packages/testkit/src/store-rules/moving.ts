import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

import { ArtifactStore, type Finding, hmac, keyring, migrate, verifyManifest, verifyOnly } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';

import type { Rule } from '../rule.ts';
import { assertSameBytes, content } from '../support/content.ts';
import { keysOf } from '../support/expect.ts';
import { inlineBytes, keysOf as signingOf, openStore, start, storeOn } from './stores.ts';

const large = inlineBytes + 5;

/** New keys, a new place, and what was damaged on the way. */
export const movingRules: readonly Rule[] = [
  {
    title: 'after signing anew nothing needs the old key, and all is as it was',
    requires: 'compareAndSwap',
    async run(harness) {
      const backend = await harness.open();
      const old = storeOn(backend, { signing: signingWith('k1') });
      for (const store of [old, old.namespace('tenant')]) {
        await store.upload('small', content(5), { metadata: { n: 1 } });
        await store.upload('large', content(large), { hold: true });
        await store.upload('deleted', content(large));
        await store.delete('deleted');
      }
      const before = await old.getMetadata('small');
      const { resigned, remaining, failed } = await storeOn(backend, { signing: signingWith('k2') }).resign();
      assert.deepEqual([resigned, remaining, failed], [6, { k1: 0 }, 0]);
      const only = storeOn(backend, { signing: keyring({ active: 'k2', keys: { k2: keyOf('k2') } }) });
      for (const store of [only, only.namespace('tenant')]) {
        assertSameBytes(await (await store.download('small')).bytes(), content(5), 'small');
        assertSameBytes(await (await store.download('large')).bytes(), content(large), 'large');
        assert.equal(await store.getMetadata('deleted'), undefined);
      }
      const after = await only.getMetadata('small');
      assert.deepEqual([after?.generation, after?.createdAt], [before?.generation, before?.createdAt]);
    },
  },
  {
    title: 'a store that moves arrives whole, and moving it again sends nothing and signs the same manifest',
    async run(harness) {
      const from = storeOn(memoryBackend());
      for (const store of [from, from.namespace('tenant')]) {
        await store.upload('small', content(5), { metadata: { n: 1 } });
        await store.upload('large', content(large));
      }
      const to = await openStore(harness, { signing: signingOf('there'), audience: 'there' });
      const { copied, failed, manifest } = await migrate(from, to);
      assert.deepEqual([copied, failed], [4, 0]);
      for (const store of [to, to.namespace('tenant')]) {
        assertSameBytes(await (await store.download('small')).bytes(), content(5), 'small');
        assertSameBytes(await (await store.download('large')).bytes(), content(large), 'large');
      }
      const again = await migrate(from, to, { verifyOnly: true });
      assert.deepEqual([again.unchanged, again.failed, again.manifest], [4, 0, manifest]);
      assert.deepEqual((await migrate(from, to)).unchanged, 4);
      const { artifacts } = await verifyManifest(manifest ?? new Uint8Array(0), signingOf('there'));
      assert.equal(artifacts.length, 4);
      const back = storeOn(memoryBackend());
      assert.equal((await migrate(to, back)).copied, 4);
      assertSameBytes(await (await back.download('large')).bytes(), content(large), 'large, and back');
    },
  },
  {
    title: 'what is damaged is found, and restored from a copy that is whole',
    requires: 'compareAndSwap',
    async run(harness) {
      const backend = await harness.open();
      const store = storeOn(backend);
      const copy = new ArtifactStore({
        backend: memoryBackend(),
        signing: signingOf('copy'),
        audience: 'copy',
        now: () => start,
      });
      for (const id of ['changed', 'missing', 'sound']) await store.upload(id, content(large));
      await store.upload('expiring', 'x', { ttlMs: 1000 });
      await migrate(store, copy);
      await backend.write(await contentOf('changed'), content(large, 2));
      await backend.delete(await contentOf('missing'));
      for (const key of await keysOf(backend, { prefix: 'expiry/' })) await backend.delete(key);

      assert.deepEqual(
        (await findingsOf(store)).map(({ code, id }) => [code, id]),
        [
          ['WRONG_CONTENT', 'changed'],
          ['MISSING_EXPIRY_MARKER', 'expiring'],
          ['MISSING_CONTENT', 'missing'],
        ],
      );
      for (const finding of await findingsOf(store)) await store.repair(finding, { from: copy });
      assert.deepEqual(await findingsOf(store), []);
      for (const id of ['changed', 'missing', 'sound'])
        assertSameBytes(await (await store.download(id)).bytes(), content(large), id);

      async function contentOf(id: string): Promise<string> {
        const hash = createHash('sha256').update(id).digest('hex');
        const [key] = await keysOf(backend, { prefix: `content/${hash}/` });
        assert.ok(key, `${id} has no content of its own`);
        return key;
      }
    },
  },
];

async function findingsOf(store: ArtifactStore): Promise<Finding[]> {
  const findings: Finding[] = [];
  for await (const finding of store.verify({ readContent: true })) findings.push(finding);
  return findings;
}

function keyOf(name: string) {
  return hmac(createHash('sha256').update(`key ${name}`).digest());
}

/** One of two keys signs, and both verify. */
function signingWith(active: 'k1' | 'k2') {
  const other = active === 'k1' ? 'k2' : 'k1';
  return keyring({ active, keys: { [active]: keyOf(active), [other]: verifyOnly(keyOf(other)) } });
}
