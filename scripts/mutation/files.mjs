/**
 * What decides whether a record is believed: signatures, keys, records and the names that they are bound to. Every branch of these
 * sources is run by their tests, and hardly a change of them stays unseen.
 */
export const names = [
  'signing',
  'signing-key',
  'envelope',
  'hmac',
  'ed25519',
  'public-key',
  'key-material',
  'keyring',
  'keyring-text',
  'keyring-environment',
  'record',
  'read-record',
  'tombstone',
  'ids',
  'json',
  'bounded-keys',
];

export const sourceOf = (name) => `packages/core/src/${name}.ts`;

/** The tests that see it. */
export const tests = [...names, 'delete', 'expiry', 'record-tail'].map((name) => `packages/core/src/${name}.test.ts`);
