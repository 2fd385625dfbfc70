import { expect, test } from 'vitest';

import { hmacKeyring, keyring } from './keyring.ts';
import { hmac } from './hmac.ts';
import { signLine, verifySignedLine } from './signed-line.ts';
import { revoked } from './signing-key.ts';
import { flipped, keyringOf, open, objectAt, refusal, secretOf } from './store.test-helper.ts';

const type = 'application/vnd.example.statement.v1+json';
const payload = Buffer.from('{"n":1}');

test('I-4 a signed line is opened by its type and a trusted key alone', async () => {
  const line = await signLine(keyringOf('k1'), type, payload);

  const { payload: opened, keyId } = await verifySignedLine(keyringOf('k1'), type, line);

  expect([Buffer.from(opened).toString(), keyId]).toEqual(['{"n":1}', 'k1']);
  expect(line.includes(10)).toBe(false);
  expect((await refusal(verifySignedLine(keyringOf('k1'), 'application/json', line))).code).toBe('SIGNATURE_INVALID');
  expect((await refusal(verifySignedLine(keyringOf('k2'), type, line))).code).toBe('UNKNOWN_KEY');
  const withdrawn = keyring({ keys: { k1: revoked(hmac(secretOf('k1'))) } });
  expect((await refusal(verifySignedLine(withdrawn, type, line))).code).toBe('KEY_REVOKED');
  for (let bit = 0; bit < line.length * 8; bit += 1)
    expect((await refusal(verifySignedLine(keyringOf('k1'), type, flipped(line, bit)))).code).not.toBe('CONFIGURATION');
});

test('I-3 nobody gets a record, a ledger or a manifest signed as a statement of their own, nor a record opened as one', async () => {
  for (const name of ['record.v1', 'tombstone.v1', 'ledger.v1', 'manifest.v1', 'RECORD.v1']) {
    const error = await refusal(signLine(keyringOf('k1'), `application/vnd.artifacts.${name}+json`, payload));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'payloadType' });
  }
  const { store, backend } = open();
  await store.upload('a', '');
  const [line = ''] = Buffer.from(await objectAt(backend, 'records/a'))
    .toString()
    .split('\n');
  expect((await refusal(verifySignedLine(keyringOf('k1'), type, Buffer.from(line)))).code).toBe('SIGNATURE_INVALID');
});

test('keys that fail, or answer with what is none, are told of as that', async () => {
  const good = hmacKeyring({ active: 'k1', keys: { k1: secretOf('k1') } });
  const line = await signLine(good, type, payload);
  const failing = { find: () => Promise.reject(new Error('down')), active: () => Promise.reject(new Error('down')) };
  const lenient = { find: () => ({ keyid: 'k1', revoked: false, verify: () => ({ valid: false }) as never }) };

  expect((await refusal(signLine(failing, type, payload))).code).toBe('UNAVAILABLE');
  expect((await refusal(verifySignedLine(failing, type, line))).code).toBe('UNAVAILABLE');
  expect((await refusal(verifySignedLine(lenient, type, line))).code).toBe('CONFIGURATION');
});
