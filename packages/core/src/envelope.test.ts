import { inspect } from 'node:util';

import { expect, test } from 'vitest';

import { decodeEnvelope, encodeEnvelope, parseExact, preAuthenticationEncoding } from './envelope.ts';
import { hmac } from './hmac.ts';
import { keyring } from './keyring.ts';
import { revoked } from './signing-key.ts';
import { signPayload, verifyLine } from './signing.ts';
import { keyringOf, refusal, refusalOf, secretOf } from './store.test-helper.ts';

const good = '{"payloadType":"t","payload":"AAEC","signatures":[{"keyid":"k","sig":"/w=="}]}';
const one = '{"keyid":"k","sig":"/w=="}';

function withSignatures(...signatures: readonly string[]): string {
  return `{"payloadType":"t","payload":"AAEC","signatures":[${signatures.join(',')}]}`;
}

test('an envelope is one line of JSON, and what is written is what is read', () => {
  const envelope = {
    payloadType: 't',
    payload: Uint8Array.of(0, 1, 2),
    signatures: [{ keyid: 'k', sig: Uint8Array.of(255) }],
  };

  const line = encodeEnvelope(envelope);

  expect(Buffer.from(line).toString()).toBe(good);
  expect(decodeEnvelope(line)).toEqual({
    payloadType: 't',
    payload: Buffer.of(0, 1, 2),
    signatures: [{ keyid: 'k', sig: Buffer.of(255) }],
  });
});

test('what is signed is the pre-authentication encoding of DSSE', () => {
  const encoded = preAuthenticationEncoding('http://example.com/HelloWorld', Buffer.from('hello world'));

  expect(Buffer.from(encoded).toString()).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
});

const respelt = 'is not in the one spelling that is written';
const malformed: readonly (readonly [what: string, line: string, problem: string])[] = [
  ['no line', '', 'is not JSON'],
  ['a cut line', good.slice(0, -1), 'is not JSON'],
  ['something behind it', `${good} `, respelt],
  ['a space in it', good.replace(',', ', '), respelt],
  ['a byte order mark', `\ufeff${good}`, 'is not JSON'],
  ['null', 'null', 'is not an object'],
  ['a number', '1', 'is not an object'],
  ['a string', '"x"', 'is not an object'],
  ['an array', `[${good}]`, 'is not an object'],
  ['an empty object', '{}', 'has no payloadType'],
  ['an unknown member', good.replace('}]}', '}],"x":1}'), 'has unknown members'],
  ['a duplicate member', good.replace('{"payloadType":"t"', '{"payloadType":"u","payloadType":"t"'), respelt],
  ['a __proto__ member', good.replace('}]}', '}],"__proto__":{}}'), 'has unknown members'],
  ['no payloadType', good.replace('"payloadType":"t",', ''), 'has no payloadType'],
  ['a payloadType that is no string', good.replace('"t"', '["t"]'), 'has no payloadType'],
  ['no payload', good.replace('"payload":"AAEC",', ''), 'has no base64 where it needs it'],
  ['a payload that is no string', good.replace('"AAEC"', '1'), 'has no base64 where it needs it'],
  ['base64 without padding', good.replace('/w==', '/w'), 'has lenient base64'],
  ['base64 with stray bits', good.replace('/w==', '/x=='), 'has lenient base64'],
  ['base64 for URLs', good.replace('/w==', '_w=='), 'has lenient base64'],
  ['base64 with a space', good.replace('AAEC', 'AA EC'), 'has lenient base64'],
  ['a letter in another spelling', good.replace('"t"', String.raw`"\u0074"`), respelt],
  ['no signature', withSignatures(), 'needs 1 to 4 signatures'],
  ['five signatures', withSignatures(one, one, one, one, one), 'needs 1 to 4 signatures'],
  ['a signature that is null', withSignatures('null'), 'is not an object'],
  ['a signature that is an array', withSignatures('["k","/w=="]'), 'is not an object'],
  ['a signature without keyid', withSignatures('{"sig":"/w=="}'), 'has a malformed signature'],
  [
    'a signature with a keyid that is no string',
    withSignatures('{"keyid":1,"sig":"/w=="}'),
    'has a malformed signature',
  ],
  [
    'a signature with a keyid of 129 bytes',
    withSignatures(`{"keyid":"${'k'.repeat(129)}","sig":"/w=="}`),
    'has a key id longer than 128 bytes',
  ],
  [
    'a signature with a keyid of 65 characters and 130 bytes',
    withSignatures(`{"keyid":"${'é'.repeat(65)}","sig":"/w=="}`),
    'has a key id longer than 128 bytes',
  ],
  ['a signature without sig', withSignatures('{"keyid":"k"}'), 'has no base64 where it needs it'],
  [
    'an unknown member in a signature',
    withSignatures('{"keyid":"k","sig":"/w==","alg":"none"}'),
    'has a malformed signature',
  ],
  ['signatures that are an object', good.replace(`[${one}]`, '{"length":1}'), 'needs 1 to 4 signatures'],
];

test.each(malformed)('I-4 an envelope with %s is refused', (_what, line, problem) => {
  expect(refusalOf(() => decodeEnvelope(Buffer.from(line)))).toMatchObject({
    code: 'SIGNATURE_INVALID',
    message: `signature cannot be checked: the record's envelope ${problem}`,
  });
});

test('an envelope has up to four signatures', () => {
  expect(decodeEnvelope(Buffer.from(withSignatures(one, one, one, one))).signatures.length).toBe(4);
});

test('I-4 bytes that are not UTF-8 are refused', () => {
  expect(refusalOf(() => decodeEnvelope(Buffer.from(good.replace('t"', '\u00ff"'), 'latin1')))).toMatchObject({
    code: 'SIGNATURE_INVALID',
  });
});

test('I-4 deep nesting is refused, not a crash', () => {
  expect(refusalOf(() => parseExact(Buffer.from('['.repeat(30_000))))).toMatchObject({ code: 'SIGNATURE_INVALID' });
  expect(refusalOf(() => decodeEnvelope(Buffer.from('['.repeat(16_000) + ']'.repeat(16_000))))).toMatchObject({
    code: 'SIGNATURE_INVALID',
  });
});

test('I-23 the refusal of a line shows nothing of it', () => {
  const error = refusalOf(() => decodeEnvelope(Buffer.from('confidential text')));

  expect(inspect(error, { depth: null, showHidden: true })).not.toContain('confid');
});

test('I-4 one signature of a trusted key suffices, whatever stands beside it', async () => {
  const keys = keyring({ active: 'a', keys: { a: hmac(secretOf('a')), r: revoked(hmac(secretOf('r'))) } });
  const { line } = await signPayload(keys, 't', Buffer.from('x'));
  const { payload, signatures } = decodeEnvelope(line);
  const junk = { keyid: 'nobody', sig: Buffer.of(1) };
  const old = { keyid: 'r', sig: Buffer.of(1) };
  const bad = { keyid: 'a', sig: Buffer.of(1) };

  const lineOf = (...all: readonly (typeof junk)[]) => encodeEnvelope({ payloadType: 't', payload, signatures: all });

  expect(
    await verifyLine(
      keys,
      ['t'],
      encodeEnvelope({ payloadType: 't', payload, signatures: [junk, old, ...signatures] }),
    ),
  ).toMatchObject({ keyId: 'a' });
  expect(await refusal(verifyLine(keys, ['t'], lineOf(junk)))).toMatchObject({ code: 'UNKNOWN_KEY' });
  expect(await refusal(verifyLine(keys, ['t'], lineOf(junk, old)))).toMatchObject({ code: 'KEY_REVOKED' });
  expect(await refusal(verifyLine(keys, ['t'], lineOf(junk, old, bad)))).toMatchObject({ code: 'SIGNATURE_INVALID' });
});

test('I-4 a revoked key is never tried', async () => {
  const line = (await signPayload(keyringOf('k'), 't', Buffer.from('x'))).line;
  let tried = 0;
  const verify = (): boolean => (tried += 1) > 0;

  const error = await refusal(verifyLine({ find: (keyid) => ({ keyid, revoked: true, verify }) }, ['t'], line));

  expect([error.code, tried]).toEqual(['KEY_REVOKED', 0]);
});

test('I-4 no key is asked for by an id that no key can have', async () => {
  const asked: string[] = [];
  const keys = { find: (keyid: string) => void asked.push(keyid) };
  const lineOf = (...keyids: readonly string[]) =>
    encodeEnvelope({
      payloadType: 't',
      payload: Buffer.from('x'),
      signatures: keyids.map((keyid) => ({ keyid, sig: Buffer.of(1) })),
    });
  const longest = 'é'.repeat(64);

  expect((await refusal(verifyLine(keys, ['t'], lineOf('', longest)))).code).toBe('UNKNOWN_KEY');
  expect((await refusal(verifyLine(keys, ['t'], lineOf('k', `${longest}a`)))).code).toBe('SIGNATURE_INVALID');

  expect(asked).toEqual([longest]);
});

test('I-4 a good signature over another payload type does not count', async () => {
  const keys = keyringOf('k');
  const { line } = await signPayload(keys, 'text/plain', Buffer.from('x'));

  expect(await refusal(verifyLine(keys, ['application/json'], line))).toMatchObject({ code: 'SIGNATURE_INVALID' });
});

test('I-4 a signature of another length is refused, not a RangeError', async () => {
  const keys = keyringOf('k');

  for (const length of [0, 1, 31, 33, 64]) {
    const line = encodeEnvelope({
      payloadType: 't',
      payload: Buffer.from('x'),
      signatures: [{ keyid: 'k', sig: Buffer.alloc(length) }],
    });
    expect(await refusal(verifyLine(keys, ['t'], line))).toMatchObject({ code: 'SIGNATURE_INVALID' });
  }
});
