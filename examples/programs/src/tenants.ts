// Each tenant has a namespace. What one stored is nothing to another, even for somebody who moves files about.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';

import { ArtifactStore, hmacKeyring, isArtifactError } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';

const backend = memoryBackend();
const store = new ArtifactStore({
  backend,
  signing: hmacKeyring({ active: 'k1', keys: { k1: randomBytes(32) } }),
  audience: 'example',
});
const acme = store.namespace('acme');
const umbrella = store.namespace('umbrella');

await acme.upload('invoice', 'acme owes 10');
await umbrella.upload('invoice', 'umbrella owes 99');
assert.equal(await (await acme.download('invoice')).text(), 'acme owes 10');
assert.equal(await (await umbrella.download('invoice')).text(), 'umbrella owes 99');
assert.equal(await store.getMetadata('invoice'), undefined);

// Somebody with access to the storage, but without the key, puts one tenant's invoice in the place of the other's.
const stolen = await backend.read('ns/umbrella/records/invoice');
assert.equal(stolen.status, 'found');
const bytes = [];
for await (const chunk of stolen.body) bytes.push(chunk);
await backend.write('ns/acme/records/invoice', Buffer.concat(bytes));
await assert.rejects(acme.download('invoice'), (error) => isArtifactError(error, 'INTEGRITY'));

// A copy into another namespace is signed for it.
await umbrella.copy('invoice', 'from-umbrella', { into: acme });
assert.equal(await (await acme.download('from-umbrella')).text(), 'umbrella owes 99');

// Hostile names are refused before anything is touched.
for (const name of ['', '..', 'a/b', 'a\0']) {
  assert.throws(
    () => store.namespace(name),
    (error) => isArtifactError(error, 'INVALID_ARGUMENT'),
  );
}
