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

// Tests of these sources that do not stand beside them.
const elsewhere = {
  signing: ['envelope', 'bounded-keys'],
  'signing-key': ['keyring'],
  'public-key': ['ed25519'],
  'key-material': ['hmac', 'ed25519', 'keyring-text'],
  'keyring-text': ['keyring-environment'],
  record: ['record-tail', 'read-record'],
  'read-record': ['record-tail'],
  tombstone: ['delete', 'expiry'],
};

/** The tests that are to see what is changed in a source: its own, and none that sees it by chance. */
export const testsOf = (name) => [name, ...(elsewhere[name] ?? [])].map((each) => `packages/core/src/${each}.test.ts`);
