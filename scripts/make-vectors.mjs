// The test vectors of the storage format. `node scripts/make-vectors.mjs` writes them, after a build, with our own code;
// scripts/verify_vectors.py reads them without it. Published vectors never change: a new rule gets a new vector.
import { createHash, createHmac, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './lib/workspace.mjs';

const folder = join(root, 'packages', 'testkit', 'vectors');
const modules = ['index', 'memory', 'ids', 'layout', 'chunks', 'envelope', 'record'];

const mebibyte = 1024 * 1024;
const gibibyte = 1024 * mebibyte;
const now = 1_800_000_000_000;
const day = 24 * 60 * 60 * 1000;
const audience = 'vectors';
const ledgerKey = 'ledger/usage';
const warning = 'TEST KEYS: their secrets are published here and prove nothing. Never use them.';

/** Secrets that say what they are. k9 is never told to a reader. */
const secrets = Object.fromEntries(
  ['k1', 'k2', 'k3', 'k9'].map((keyid) => [keyid, Buffer.from(`TEST KEY ${keyid} IS PUBLIC, NEVER USE IT\n`)]),
);
/** The same for Ed25519: private keys of 32 bytes. e2 is for a reader who has the public key only. */
const seeds = Object.fromEntries(
  ['e1', 'e2', 'e3', 'e9'].map((keyid) => [keyid, Buffer.from(`TEST KEY ${keyid}: PUBLIC, DO NOT USE\n`)]),
);
const statuses = { k1: 'active', k2: 'verify-only', k3: 'revoked' };
const keys = Object.fromEntries(
  Object.entries(statuses).map(([keyid, status]) => [keyid, { status, hex: secrets[keyid].toString('hex') }]),
);

const ed25519Keys = {
  ...keys,
  ...Object.fromEntries(
    Object.entries({ e1: 'active', e2: 'verify-only', e3: 'revoked' }).map(([keyid, status]) => [
      keyid,
      {
        status,
        algorithm: 'ed25519',
        ...(status === 'active' && { privateHex: seeds[keyid].toString('hex') }),
        publicHex: publicKeyOf(keyid).toString('hex'),
      },
    ]),
  ),
};

/**
 * Every vector file by its name, as text.
 *
 * @param {Record<string, any>} core The exports of core's modules, from sources or from a build.
 * @returns {Promise<Record<string, string>>}
 */
export async function makeVectors(core) {
  const files = {
    'keys.json': keyNames(core),
    'markers.json': markerNames(core),
    'chunk-sizes.json': chunkSizes(core),
    'envelopes.json': envelopes(core),
    'records.json': await records(core),
    'refused.json': await refusals(core),
    'ed25519.json': await ed25519Vectors(core),
    'namespaces.json': await namespaces(core),
    'ledgers.json': await ledgers(core),
  };
  return Object.fromEntries(Object.entries(files).map(([name, value]) => [name, textOf(value)]));
}

/** JSON with one vector a line, so that a difference shows which one it is in. */
function textOf(value) {
  const members = Object.entries(value).map(([name, member]) => {
    const text = Array.isArray(member)
      ? `[\n${member.map((vector) => `    ${JSON.stringify(vector)}`).join(',\n')}\n  ]`
      : JSON.stringify(member);
    return `  ${JSON.stringify(name)}: ${text}`;
  });
  return `{\n${members.join(',\n')}\n}\n`;
}

function keyNames({ escapeId, recordKey, contentKey }) {
  const revision = '00112233445566778899aabbccddeeff';
  const ids = [
    'a',
    'build/42/app.tgz',
    'a/b',
    'a.b',
    'a-b_c.0',
    '0',
    'A',
    'README.md',
    'a=b',
    '=41',
    'a b',
    'a\\b',
    'a:b?*"<>|',
    '100%',
    '~',
    '...',
    '.hidden',
    'con',
    'é',
    'ß/ẞ',
    'ſ',
    '日本語/ファイル',
    '👩‍🚀',
    '\u2028',
    '\uffff',
    'a'.repeat(512),
    'A'.repeat(256),
    '日'.repeat(85),
    `${'a/'.repeat(255)}aa`,
  ];
  const refusedIds = [
    ['', 'is empty'],
    ['a\ud800', 'lone surrogate'],
    ['\udc00a', 'lone surrogate'],
    ['a'.repeat(513), 'longer than 512 bytes'],
    ['日'.repeat(171), 'longer than 512 bytes'],
    ['e\u0301', 'normalisation form C'],
    ['\u212b', 'normalisation form C'],
    ['a\0b', 'control character'],
    ['a\nb', 'control character'],
    ['a\u007f', 'control character'],
    ['a\u0085', 'control character'],
    ['A'.repeat(257), 'longer than 768 bytes'],
    ['日'.repeat(86), 'longer than 768 bytes'],
    ['/a', 'empty segment'],
    ['a/', 'empty segment'],
    ['a//b', 'empty segment'],
    ['/', 'empty segment'],
    ['.', '"." segment'],
    ['a/./b', '"." segment'],
    ['..', '".." segment'],
    ['a/../b', '".." segment'],
    ['../a', '".." segment'],
  ];
  const keysOfNoId = [
    ['records/', 'is empty'],
    ['records/A', 'a capital is never in a key'],
    ['records/a b', 'a space is never in a key'],
    ['records/=61', 'a second spelling of "a"'],
    ['records/=C3=A9', 'hex digits are lower case'],
    ['records/=c3', 'not UTF-8'],
    ['records/=ed=a0=80', 'a surrogate, which is not UTF-8'],
    ['records/=c0=af', 'an overlong "/"'],
    ['records/a=4', 'half an escape'],
    ['records/a=', 'half an escape'],
    ['records/=2e', 'a second spelling of "."'],
    ['records/=2f', 'a second spelling of "/"'],
    ['records/=00', 'a control character'],
    ['records/e=cc=81', 'not in normalisation form C'],
    ['records/a//b', 'an empty segment'],
    ['records/..', 'a ".." segment'],
  ];
  return {
    about: 'How artifact ids become keys, which ids are refused, and which keys below records/ are of no id.',
    ids: ids.map((id) => ({
      id,
      escaped: escapeId(id),
      recordKey: recordKey(id),
      revision,
      contentKey: contentKey(id, revision),
    })),
    refusedIds: refusedIds.map(([id, reason]) => ({ id, code: 'INVALID_ARGUMENT', reason })),
    keysOfNoId: keysOfNoId.map(([key, reason]) => ({ key, reason })),
  };
}

function markerNames({ pendingKey, expiryKey, probeKey }) {
  const revision = '0123456789abcdef0123456789abcdef';
  const marker = 'fedcba9876543210fedcba9876543210';
  const ids = ['a', 'build/42/app.tgz', 'Ünïcode/A=B'];
  const times = [0, now, 9_999_999_999_999];
  const each = (make) => ids.flatMap((id) => times.map((time) => make(id, time)));
  return {
    about: 'Names of markers and probes. Markers are empty objects.',
    pending: each((id, time) => ({ time, marker, revision, id, key: pendingKey(time, marker, revision, id) })),
    expiry: each((id, time) => ({ time, revision, id, key: expiryKey(time, revision, id) })),
    probe: [{ marker, key: probeKey(marker) }],
  };
}

function chunkSizes({ chunkSizeFor, chunkCount }) {
  const bounds = [0, 1, mebibyte, mebibyte + 1, 100 * mebibyte, gibibyte];
  for (let size = 64 * gibibyte; size <= 8192 * gibibyte; size *= 2) bounds.push(size, size + 1);
  // Nothing is larger than what the largest chunk size can address.
  bounds.pop();
  return {
    about:
      "The chunk size for content of at most sizeBound bytes: the declared size, or the store's limit when none is declared.",
    sizes: bounds.map((sizeBound) => {
      const chunkSize = chunkSizeFor(sizeBound);
      return { sizeBound, chunkSize, chunks: chunkCount(sizeBound, chunkSize) };
    }),
  };
}

function envelopes(core) {
  const cases = [
    ['the example of the DSSE specification', 'http://example.com/HelloWorld', 'hello world'],
    ['nothing signed', core.recordType, ''],
    ['lengths count bytes, not characters', 'text/ünïcode', '日本語'],
    ['a payload that looks like an encoding', core.recordType, 'DSSEv1 1 a 1 b'],
    ['bytes that are no text', 'application/octet-stream', Buffer.from([0x00, 0xff, 0x0a, 0x20, 0x80])],
  ];
  return {
    warning,
    about: 'DSSE: the pre-authentication encoding, its HMAC-SHA256, and the line that holds both.',
    keys,
    envelopes: cases.map(([name, payloadType, content]) => envelopeVector(core, 'k1', name, payloadType, content)),
  };
}

function envelopeVector(core, keyid, name, payloadType, content) {
  const payload = Buffer.from(content);
  const message = core.preAuthenticationEncoding(payloadType, payload);
  const sig = signatureOf(keyid, message);
  const line = core.encodeEnvelope({ payloadType, payload, signatures: [{ keyid, sig }] });
  return {
    name,
    keyid,
    payloadType,
    payloadHex: payload.toString('hex'),
    paeHex: Buffer.from(message).toString('hex'),
    signatureHex: sig.toString('hex'),
    line: Buffer.from(line).toString(),
  };
}

async function records(core) {
  const scene = (name, options) => new Scene(core, name, options);
  const single = async (name, about, id, content, options = {}) => {
    const { store: storeOptions, upload } = options;
    const made = scene(name, storeOptions);
    await made.upload(id, content, upload);
    return made.vector({ name, about, id, content });
  };
  const hello = [{ text: 'hello, world\n' }];
  const stream = (seed, sizeBytes) => [{ stream: seed, sizeBytes }];
  const vectors = [
    await single('hello', 'Small content travels behind the line of its record.', 'build/42/hello.txt', hello, {
      upload: { contentType: 'text/plain; charset=utf-8' },
    }),
    await single('empty', 'Content of no bytes is inline.', 'empty', []),
    await single('odd names', 'Capitals, "=" and what is beyond ASCII.', 'Ünïcode/A=B/日本語', hello),
    await single(
      'every member',
      'All that a record can say; metadata that JSON can write in one way only.',
      'all',
      hello,
      {
        upload: {
          name: 'A "quoted" name/€',
          contentType: 'application/json; profile="a \\"b\\""',
          expiresAt: now + day,
          retainUntil: now + 60_000,
          hold: true,
          metadata: {
            z: 'first written stays first',
            10: 'but whole numbers',
            9: 'come before, in order',
            numbers: [0, -1, 1.5, 1e21, 1e-7, 1e20, 1e-6, 123456789012345680000, 5e-324, 1.7976931348623157e308, 0.1],
            strings: ['\b\t\n\f\r\u0001\u001f\u007f\u2028', '"\\/', '😀', '\ud800', 'e\u0301'],
            rest: [true, false, null, [], {}, { '': { '': '' } }],
          },
        },
      },
    ),
    await single('largest inline', 'The last size that is inline by default.', 'inline', stream('inline', 65_536)),
    await single(
      'smallest of its own',
      'The first size that is not inline by default: one short chunk.',
      'own',
      stream('own', 65_537),
    ),
    await single(
      'inline by choice',
      "The limit is the writer's choice, up to 2 MiB.",
      'choice',
      stream('inline', 65_537),
      {
        store: { inlineBytes: 2 * mebibyte },
      },
    ),
    await single(
      'nothing inline',
      'A writer may put even one byte in an object of its own.',
      'one-byte',
      [{ text: 'x' }],
      {
        store: { inlineBytes: 0 },
      },
    ),
    await single(
      'one chunk',
      'Exactly one chunk: its digest is that of the whole.',
      'chunks/1',
      stream('chunks', mebibyte),
    ),
    await single(
      'one chunk and a byte',
      'The last chunk is as long as it is.',
      'chunks/1+1',
      stream('chunks', mebibyte + 1),
    ),
    await single('several chunks', 'Two whole chunks and half of one.', 'chunks/2.5', stream('chunks', 2.5 * mebibyte)),
    await single(
      'larger chunks',
      'The length was not declared and the limit was 128 GiB, so chunks are of 2 MiB.',
      'chunks/large',
      stream('chunks', 3 * mebibyte),
      { store: { maxSizeBytes: 128 * gibibyte }, upload: { undeclared: true } },
    ),
  ];

  const overwritten = scene('overwritten');
  const [older, newer] = [stream('older', 65_537), stream('newer', 65_538)];
  await overwritten.upload('id', older);
  await overwritten.upload('id', newer);
  vectors.push(
    await overwritten.vector({
      name: 'overwritten',
      about: 'The second generation. The content of the first stays until its pending marker is due.',
      id: 'id',
      content: newer,
    }),
  );

  const updated = scene('updated');
  await updated.upload('id', older, { expiresAt: now + day });
  await updated.store.update('id', { expiresAt: now + 2 * day, hold: true, metadata: { a: 1 } });
  vectors.push(
    await updated.vector({
      name: 'updated',
      about: 'A new revision over the same content: new members are at the end, the content key keeps its revision.',
      id: 'id',
      content: older,
    }),
  );

  const deletedLarge = scene('deleted large');
  await deletedLarge.upload('id', older, { expiresAt: now + day });
  await deletedLarge.store.delete('id');
  vectors.push(
    await deletedLarge.vector({
      name: 'deleted large',
      about: 'A tombstone; the pending marker of the content that is gone stays for the sweep.',
      id: 'id',
      deleted: true,
    }),
  );

  const deletedSmall = scene('deleted small');
  await deletedSmall.upload('id', hello);
  await deletedSmall.store.delete('id');
  vectors.push(
    await deletedSmall.vector({
      name: 'deleted small',
      about: "A tombstone; there was no content object, so the pending marker names the tombstone's own revision.",
      id: 'id',
      deleted: true,
    }),
  );
  await deletedSmall.upload('id', hello);
  vectors.push(
    await deletedSmall.vector({
      name: 'created again',
      about: 'Over a tombstone the generation starts at 1.',
      id: 'id',
      content: hello,
    }),
  );

  const [first] = vectors;
  const { payload } = first;
  const rewritten = (name, about, line) => ({
    ...first,
    name,
    about,
    objects: replaceObject(first.objects, first.id, [{ text: `${line}\n` }, ...hello]),
  });
  const sealed = (...signers) => seal(core, payload, { signers });
  vectors.push(
    rewritten('verify-only key', 'A key that no longer signs still verifies.', sealed('k2')),
    rewritten('three signatures', 'One trusted key suffices, wherever it stands.', sealed('k9', 'k3', 'k2')),
    rewritten('members in another order', 'The order of members means nothing.', reordered(sealed('k1'))),
  );

  const expiring = scene('expiring');
  await expiring.upload('id', hello, { expiresAt: now + day });
  vectors.push(
    await expiring.vector({
      name: 'the last millisecond',
      about: 'An artifact can be read until its expiry, exclusively.',
      id: 'id',
      content: hello,
      now: now + day - 1,
    }),
  );

  const namespaced = payload.replace(`"audience":"${audience}",`, `"audience":"${audience}","namespace":"tenant a",`);
  vectors.push({
    ...rewritten('namespace', 'Records of a namespace say so; keys are relative to it.', seal(core, namespaced)),
    namespace: 'tenant a',
    payload: namespaced,
  });
  return {
    warning,
    about: 'Whole stores, every object of them, and what a reader of one id must find at the time "now".',
    keys,
    records: vectors,
  };
}

async function refusals(core) {
  const id = 'build/42/hello.txt';
  const hello = [{ text: 'hello, world\n' }];
  const content = [{ stream: 'chunks', sizeBytes: mebibyte + 1 }];

  const small = new Scene(core, 'small');
  await small.upload(id, hello);
  const smallObjects = await small.objects();
  const payload = small.payloadOf(smallObjects, id);
  const line = seal(core, payload);
  const envelope = JSON.parse(line);

  const large = new Scene(core, 'large');
  await large.upload(id, content);
  const largeObjects = await large.objects();
  const largePayload = large.payloadOf(largeObjects, id);
  const { key: contentKey } = JSON.parse(largePayload).content;
  const largeLine = seal(core, largePayload);
  const [, { hex: chunkList }] = largeObjects.find(({ key }) => key === core.recordKey(id)).bytes;

  const buried = new Scene(core, 'buried');
  await buried.upload(id, hello);
  await buried.store.delete(id);
  const buriedObjects = await buried.objects();
  const tombstone = buried.payloadOf(buriedObjects, id);

  const vectors = [];
  // What is refused does not depend on what else the store holds.
  const add = (name, code, objects, rest = {}) =>
    vectors.push({
      name,
      code,
      id,
      audience,
      now,
      ...rest,
      objects: objects.filter(({ key }) => key !== 'store.json'),
    });
  const withObject = (name, code, parts) => add(name, code, replaceObject(smallObjects, id, parts));
  const withLine = (name, code, text) => withObject(name, code, [{ text: `${text}\n` }, ...hello]);
  const withEnvelope = (name, code, value) => withLine(name, code, JSON.stringify(value));
  const withSignature = (name, code, ...signatures) => withEnvelope(name, code, { ...envelope, signatures });
  const withPayload = (name, code, text, options) => withLine(name, code, seal(core, text, options));
  const withMembers = (name, code, change) =>
    withPayload(name, code, JSON.stringify({ ...JSON.parse(payload), ...change }));
  const withLargeMembers = (name, change) => {
    const value = JSON.parse(largePayload);
    const changed = JSON.stringify({ ...value, ...change, content: { ...value.content, ...change.content } });
    add(name, 'INTEGRITY', largeRecord(seal(core, changed)));
  };
  const largeRecord = (text, tail = chunkList) =>
    replaceObject(largeObjects, id, [{ text: `${text}\n` }, { hex: tail }]);
  const withContent = (name, parts) =>
    add(
      name,
      'INTEGRITY',
      largeObjects.map((object) => (object.key === contentKey ? { ...object, bytes: parts } : object)),
    );
  const withTombstone = (name, code, text, tail = []) =>
    add(
      name,
      code,
      replaceObject(buriedObjects, id, [{ text: `${seal(core, text, { type: core.tombstoneType })}\n` }, ...tail]),
    );

  const [signature] = envelope.signatures;
  const bytes = Buffer.from(payload);
  const payload64 = envelope.payload;
  // 32 bytes end in one "=", so the last character before it has bits that mean nothing.
  const loose = signature.sig.replace(/(.)=$/, (_, last) => `${String.fromCharCode(last.charCodeAt(0) + 1)}=`);

  add(
    'nothing there',
    'NOT_FOUND',
    smallObjects.filter(({ key }) => key !== core.recordKey(id)),
  );
  add('deleted', 'NOT_FOUND', buriedObjects);
  const expiring = new Scene(core, 'expiring');
  await expiring.upload(id, hello, { expiresAt: now + day });
  add('expired to the millisecond', 'EXPIRED', await expiring.objects(), { now: now + day });

  // The line.
  withObject('no bytes at all', 'INTEGRITY', []);
  withObject('no end of line', 'INTEGRITY', [{ text: line }]);
  withLine('no JSON', 'SIGNATURE_INVALID', 'hello');
  withLine('not an object', 'SIGNATURE_INVALID', '[]');
  withLine('null', 'SIGNATURE_INVALID', 'null');
  withObject('a line that is not UTF-8', 'SIGNATURE_INVALID', [{ hex: 'ff' }, { text: `${line}\n` }, ...hello]);
  withLine('a byte order mark', 'SIGNATURE_INVALID', `\ufeff${line}`);
  withLine('a space before', 'SIGNATURE_INVALID', ` ${line}`);
  withLine('a space after', 'SIGNATURE_INVALID', `${line} `);
  withLine('a space between', 'SIGNATURE_INVALID', line.replace(',', ', '));
  withLine('a carriage return', 'SIGNATURE_INVALID', `${line}\r`);
  withLine('an escape that is not needed', 'SIGNATURE_INVALID', line.replace('"k1"', String.raw`"\u006b1"`));
  withLine('the line twice', 'SIGNATURE_INVALID', line + line);
  withLine('a newline before', 'SIGNATURE_INVALID', `\n${line}`);
  withLine('two newlines', 'INTEGRITY', `${line}\n`);
  withLine('a line longer than 32 KiB', 'INTEGRITY', `${line}${' '.repeat(32_769 - line.length)}`);

  // The envelope.
  withEnvelope('unknown member of the envelope', 'SIGNATURE_INVALID', { ...envelope, alg: 'none' });
  withSignature('unknown member of a signature', 'SIGNATURE_INVALID', { ...signature, alg: 'none' });
  withLine('duplicate member of the envelope', 'SIGNATURE_INVALID', line.replace('{', `{"payload":"${payload64}",`));
  withLine('a member that JavaScript knows', 'SIGNATURE_INVALID', line.replace('{', '{"__proto__":{},'));
  withEnvelope('no payload', 'SIGNATURE_INVALID', { ...envelope, payload: undefined });
  withEnvelope('no payloadType', 'SIGNATURE_INVALID', { ...envelope, payloadType: undefined });
  withSignature('no signatures', 'SIGNATURE_INVALID');
  withSignature('five signatures', 'SIGNATURE_INVALID', ...Array.from({ length: 5 }, () => signature));
  withSignature('a key id that is no text', 'SIGNATURE_INVALID', { ...signature, keyid: 1 });
  withSignature('a key id of 128 bytes', 'UNKNOWN_KEY', { ...signature, keyid: 'é'.repeat(64) });
  withSignature('a key id of 129 bytes', 'SIGNATURE_INVALID', { ...signature, keyid: `${'é'.repeat(64)}a` });
  withSignature('a key id of 129 bytes beside a good signature', 'SIGNATURE_INVALID', signature, {
    ...signature,
    keyid: 'k'.repeat(129),
  });
  withEnvelope('base64 without padding', 'SIGNATURE_INVALID', { ...envelope, payload: payload64.replace(/=+$/, '') });
  withSignature('base64 with loose bits', 'SIGNATURE_INVALID', { ...signature, sig: loose });
  withSignature('base64 with a space', 'SIGNATURE_INVALID', { ...signature, sig: ` ${signature.sig}` });
  withSignature('base64 of the URL alphabet', 'SIGNATURE_INVALID', {
    ...signature,
    sig: `-_${signature.sig.slice(2)}`,
  });
  withSignature('base64 with more behind', 'SIGNATURE_INVALID', { ...signature, sig: `${signature.sig}AAAA` });

  // The signature.
  withEnvelope('one bit of the payload', 'SIGNATURE_INVALID', {
    ...envelope,
    payload: flipped(bytes, 100).toString('base64'),
  });
  withEnvelope('last bit of the payload', 'SIGNATURE_INVALID', {
    ...envelope,
    payload: flipped(bytes, bytes.length * 8 - 1).toString('base64'),
  });
  withSignature('one bit of the signature', 'SIGNATURE_INVALID', {
    ...signature,
    sig: flipped(Buffer.from(signature.sig, 'base64'), 0).toString('base64'),
  });
  withSignature('an empty signature', 'SIGNATURE_INVALID', { ...signature, sig: '' });
  withSignature('half a signature', 'SIGNATURE_INVALID', {
    ...signature,
    sig: Buffer.from(signature.sig, 'base64').subarray(0, 16).toString('base64'),
  });
  withSignature('another trusted key named', 'SIGNATURE_INVALID', { ...signature, keyid: 'k2' });
  withPayload('key unknown', 'UNKNOWN_KEY', payload, { signers: ['k9'] });
  withSignature('a key id of no characters', 'UNKNOWN_KEY', { ...signature, keyid: '' });
  withPayload('key revoked', 'KEY_REVOKED', payload, { signers: ['k3'] });
  withPayload('keys revoked and unknown', 'KEY_REVOKED', payload, { signers: ['k9', 'k3'] });
  withSignature(
    'revoked key, and a bad signature of a trusted one',
    'SIGNATURE_INVALID',
    JSON.parse(seal(core, payload, { signers: ['k3'] })).signatures[0],
    { ...signature, keyid: 'k2' },
  );
  withPayload('unknown payloadType', 'SIGNATURE_INVALID', payload, {
    type: 'application/vnd.artifacts.record.v2+json',
  });
  withEnvelope('payloadType changed', 'SIGNATURE_INVALID', { ...envelope, payloadType: core.tombstoneType });
  withPayload('a record signed as a tombstone', 'INTEGRITY', payload, { type: core.tombstoneType });
  withLine('signed without the encoding', 'SIGNATURE_INVALID', seal(core, payload, { message: bytes }));

  // What was signed.
  withPayload('payload is no JSON', 'INTEGRITY', 'hello');
  withPayload('payload is no object', 'INTEGRITY', '[]');
  withPayload('payload is null', 'INTEGRITY', 'null');
  withPayload('payload is not UTF-8', 'INTEGRITY', Buffer.concat([Buffer.from(payload), Buffer.of(0xff)]));
  withPayload('payload with a space', 'INTEGRITY', payload.replace('{', '{ '));
  withPayload('payload with a newline', 'INTEGRITY', `${payload}\n`);
  withPayload('payload with an odd number', 'INTEGRITY', payload.replace('"generation":1', '"generation":1.0'));
  withPayload('payload with an exponent', 'INTEGRITY', payload.replace('"generation":1', '"generation":1e0'));
  withPayload('payload with minus zero', 'INTEGRITY', payload.replace('"metadata":{}', '"metadata":{"a":-0}'));
  withPayload(
    'payload with too exact a number',
    'INTEGRITY',
    payload.replace('"metadata":{}', '"metadata":{"a":9007199254740993}'),
  );
  withPayload(
    'payload with an endless number',
    'INTEGRITY',
    payload.replace('"metadata":{}', '"metadata":{"a":1e999}'),
  );
  withPayload('payload with NaN', 'INTEGRITY', payload.replace('"metadata":{}', '"metadata":{"a":NaN}'));
  withPayload(
    'payload with an escape that is not needed',
    'INTEGRITY',
    payload.replace('"hello.txt"', String.raw`"\u0068ello.txt"`),
  );
  withPayload(
    'payload with numbers out of order',
    'INTEGRITY',
    payload.replace('"metadata":{}', '"metadata":{"2":0,"1":0}'),
  );
  withPayload('duplicate member of the payload', 'INTEGRITY', payload.replace('{', '{"v":1,'));
  withPayload(
    'duplicate member deep inside',
    'INTEGRITY',
    payload.replace('"metadata":{}', '"metadata":{"a":1,"a":1}'),
  );
  withMembers('payload longer than 20 KiB', 'INTEGRITY', { metadata: { a: 'a'.repeat(20_480) } });
  withMembers('unknown member of the payload', 'INTEGRITY', { comment: '' });
  withMembers('unknown version', 'UNSUPPORTED', { v: 2 });
  withMembers('version as text', 'UNSUPPORTED', { v: '1' });
  withMembers('no version', 'UNSUPPORTED', { v: undefined });

  // The binding.
  withMembers('wrong audience', 'INTEGRITY', { audience: 'vectors-2' });
  withMembers('no audience', 'INTEGRITY', { audience: undefined });
  withMembers('a namespace where there is none', 'INTEGRITY', { namespace: 'tenant a' });
  withMembers('an empty namespace', 'INTEGRITY', { namespace: '' });
  add('no namespace where one is asked for', 'INTEGRITY', smallObjects, { namespace: 'tenant a' });
  withMembers('wrong namespace', 'INTEGRITY', { namespace: 'tenant a' });
  vectors.at(-1).namespace = 'tenant b';
  withMembers('wrong id', 'INTEGRITY', { id: 'build/43/hello.txt' });
  withMembers('id in another case', 'INTEGRITY', { id: 'build/42/Hello.txt' });

  // The members.
  withMembers('generation 0', 'INTEGRITY', { generation: 0 });
  withMembers('generation as text', 'INTEGRITY', { generation: '1' });
  withMembers('generation past what is exact', 'INTEGRITY', { generation: 2 ** 53 });
  withMembers('revision in capitals', 'INTEGRITY', { revision: 'A'.repeat(32) });
  withMembers('revision too short', 'INTEGRITY', { revision: 'a'.repeat(31) });
  withMembers('name empty', 'INTEGRITY', { name: '' });
  withMembers('name longer than 512 bytes', 'INTEGRITY', { name: 'é'.repeat(257) });
  withMembers('name with a control character', 'INTEGRITY', { name: 'a\nb' });
  withMembers('name with a lone surrogate', 'INTEGRITY', { name: '\ud800' });
  withMembers('contentType without a slash', 'INTEGRITY', { contentType: 'text' });
  withMembers('contentType with a line break', 'INTEGRITY', { contentType: 'text/plain\r\nX: y' });
  withMembers('contentType with a newline at the end', 'INTEGRITY', { contentType: 'text/plain\n' });
  withMembers('contentType longer than 255 characters', 'INTEGRITY', { contentType: `text/${'a'.repeat(251)}` });
  withMembers('sizeBytes negative', 'INTEGRITY', { sizeBytes: -1 });
  withMembers('sizeBytes not whole', 'INTEGRITY', { sizeBytes: 13.5 });
  withMembers('sizeBytes of true', 'INTEGRITY', { sizeBytes: true });
  withMembers('sizeBytes past 8 TiB', 'INTEGRITY', { sizeBytes: 8192 * gibibyte + 1 });
  withMembers('checksumSha256 in capitals', 'INTEGRITY', { checksumSha256: 'A'.repeat(64) });
  withMembers('checksumSha256 of something else', 'INTEGRITY', { checksumSha256: '0'.repeat(64) });
  withMembers('createdAt of 14 digits', 'INTEGRITY', { createdAt: 10_000_000_000_000 });
  withMembers('no createdAt', 'INTEGRITY', { createdAt: undefined });
  withMembers('expiresAt null', 'INTEGRITY', { expiresAt: null });
  withMembers('retainUntil as text', 'INTEGRITY', { retainUntil: '2027-01-15' });
  withMembers('hold false', 'INTEGRITY', { hold: false });
  withMembers('metadata a list', 'INTEGRITY', { metadata: [] });
  withMembers('no metadata', 'INTEGRITY', { metadata: undefined });
  withMembers('no content', 'INTEGRITY', { content: undefined });
  withMembers('content neither inline nor elsewhere', 'INTEGRITY', { content: {} });
  withMembers('content inline false', 'INTEGRITY', { content: { inline: false } });
  withMembers('unknown member of content', 'INTEGRITY', { content: { inline: true, encoding: 'gzip' } });
  withLargeMembers('content both inline and elsewhere', { content: { inline: true } });
  withLargeMembers('content of another id', { content: { key: core.contentKey('other', contentKey.slice(-32)) } });
  withLargeMembers('content key with more behind', { content: { key: `${contentKey}/a` } });
  withLargeMembers('content key that climbs', { content: { key: `content/../${contentKey}` } });
  withLargeMembers('chunkSize not a power of two', { content: { chunkSize: 3 * mebibyte } });
  withLargeMembers('chunkSize too small', { content: { chunkSize: mebibyte / 2 } });
  withLargeMembers('chunkSize too large', { content: { chunkSize: 256 * mebibyte } });
  withLargeMembers('chunkSize as text', { content: { chunkSize: String(mebibyte) } });
  withLargeMembers('too many chunks', { sizeBytes: 64 * gibibyte + 1 });
  withLargeMembers('no chunksSha256', { content: { chunksSha256: undefined } });
  withLargeMembers('chunksSha256 of something else', { content: { chunksSha256: '0'.repeat(64) } });
  withTombstone('tombstone that is not deleted', 'INTEGRITY', tombstone.replace('"deleted":true', '"deleted":false'));
  withTombstone('tombstone with a name', 'INTEGRITY', tombstone.replace('{', '{"name":"a",'));
  withTombstone('tombstone without deleted', 'INTEGRITY', tombstone.replace(',"deleted":true', ''));
  withTombstone('tombstone of another audience', 'INTEGRITY', tombstone.replace(`"${audience}"`, '"vectors-2"'));
  withTombstone('tombstone with a tail', 'INTEGRITY', tombstone, [{ hex: '00' }]);

  // The tail.
  withObject('inline tail short', 'INTEGRITY', [{ text: `${line}\n` }, { text: 'hello, world' }]);
  withObject('inline tail long', 'INTEGRITY', [{ text: `${line}\n` }, ...hello, { text: '\n' }]);
  withObject('inline tail missing', 'INTEGRITY', [{ text: `${line}\n` }]);
  withObject('one bit of inline content', 'INTEGRITY', [{ text: `${line}\n` }, { text: 'hello, worle\n' }]);
  add(
    'one bit of the chunk list',
    'INTEGRITY',
    largeRecord(largeLine, flipped(Buffer.from(chunkList, 'hex'), 511).toString('hex')),
  );
  add('chunk list a byte short', 'INTEGRITY', largeRecord(largeLine, chunkList.slice(0, -2)));
  add('chunk list a digest short', 'INTEGRITY', largeRecord(largeLine, chunkList.slice(0, 64)));
  add('chunk list a digest long', 'INTEGRITY', largeRecord(largeLine, chunkList + '0'.repeat(64)));
  add('chunk list in another order', 'INTEGRITY', largeRecord(largeLine, chunkList.slice(64) + chunkList.slice(0, 64)));

  // The content.
  const [stream] = content;
  withContent('first bit of the content', [{ ...stream, flippedBit: 0 }]);
  withContent('last bit of the first chunk', [{ ...stream, flippedBit: 8 * mebibyte - 1 }]);
  withContent('last bit of the content', [{ ...stream, flippedBit: 8 * stream.sizeBytes - 1 }]);
  withContent('content a byte short', [{ ...stream, sizeBytes: mebibyte }]);
  withContent('content empty', []);
  withContent('content of something else', [{ stream: 'other', sizeBytes: stream.sizeBytes }]);
  add(
    'content missing',
    'INTEGRITY',
    largeObjects.filter(({ key }) => key !== contentKey),
  );
  return {
    warning,
    about: 'Stores of which a reader must refuse one id, and the code of the refusal.',
    keys,
    refused: vectors,
  };
}

async function ed25519Vectors(core) {
  const id = 'build/42/hello.txt';
  const hello = [{ text: 'hello, world\n' }];
  const signedBy = (active) => ({
    signing: core.keyring({
      active,
      keys: { k1: core.hmac(secrets.k1), e1: core.ed25519({ privateKey: seeds.e1 }) },
    }),
  });

  const single = new Scene(core, 'ed25519', signedBy('e1'));
  await single.upload(id, hello);
  const whole = await single.vector({
    name: 'hello, by Ed25519',
    about: 'Only the signature tells that it is not HMAC. A reader needs the public key.',
    id,
    readers: [['e1'], ['k1', 'e1']],
    content: hello,
  });
  const content = [{ stream: 'chunks', sizeBytes: mebibyte + 1 }];
  const large = new Scene(core, 'ed25519 large', signedBy('e1'));
  await large.upload(id, content);
  const deleted = new Scene(core, 'ed25519 deleted', signedBy('e1'));
  await deleted.upload(id, hello);
  await deleted.store.delete(id);
  const both = new Scene(core, 'ed25519 both', signedBy(['k1', 'e1']));
  await both.upload(id, hello);

  const { payload } = whole;
  const seen = (name, about, readers, line) => ({
    ...whole,
    name,
    about,
    readers,
    objects: replaceObject(whole.objects, id, [{ text: `${line}\n` }, ...hello]),
  });
  const vectors = [
    whole,
    await large.vector({
      name: 'chunks, by Ed25519',
      about: 'The chunk list follows the line.',
      id,
      readers: [['e1']],
      content,
    }),
    await deleted.vector({ name: 'deleted, by Ed25519', about: 'A tombstone.', id, readers: [['e1']], deleted: true }),
    await both.vector({
      name: 'HMAC and Ed25519',
      about: 'Two signatures over the same bytes. Each reader needs the one key it knows.',
      id,
      readers: [['k1'], ['e1'], ['k1', 'e1'], ['k2', 'e1', 'e3']],
      content: hello,
    }),
    seen(
      'verify-only public key',
      'Nobody but the signer has the private key.',
      [['e2']],
      seal(core, payload, { signers: ['e2'] }),
    ),
    seen(
      'four signatures',
      'One trusted key suffices, wherever it stands.',
      [['e2'], ['k2'], ['k3', 'e2'], ['k1', 'k2', 'k3', 'e1', 'e2', 'e3']],
      seal(core, payload, { signers: ['e9', 'k3', 'k2', 'e2'] }),
    ),
  ];

  const message = core.preAuthenticationEncoding(core.recordType, Buffer.from(payload));
  const good = signatureOf('e1', message);
  const publicKey = publicKeyOf('e1');
  const refused = [];
  const add = (name, code, signatures, readers = [['e1'], ['k1', 'e1']]) => {
    const line = Buffer.from(
      core.encodeEnvelope({ payloadType: core.recordType, payload: Buffer.from(payload), signatures }),
    );
    refused.push({
      name,
      code,
      id,
      audience,
      now,
      readers,
      objects: [{ key: core.recordKey(id), bytes: [{ text: `${line.toString()}\n` }, ...hello] }],
    });
  };
  const addSig = (name, sig) => add(name, 'SIGNATURE_INVALID', [{ keyid: 'e1', sig }]);
  const by = (signer, keyid = signer) => ({ keyid, sig: signatureOf(signer, message) });
  const mac = (algorithm, secret) => createHmac(algorithm, secret).update(message).digest();
  addSig('HMAC-SHA256 with the public key as its secret', mac('sha256', publicKey));
  addSig('HMAC-SHA512 with the public key as its secret, which is as long', mac('sha512', publicKey));
  addSig('HMAC-SHA256 twice, to be as long', Buffer.concat([mac('sha256', publicKey), mac('sha256', publicKey)]));
  addSig('the MAC of a trusted HMAC key under the id of an Ed25519 key', signatureOf('k1', message));
  add(
    'a signature of a trusted Ed25519 key under the id of an HMAC key',
    'SIGNATURE_INVALID',
    [by('e1', 'k1')],
    [['k1'], ['k1', 'e1']],
  );
  add(
    'half a signature of a trusted Ed25519 key under the id of an HMAC key',
    'SIGNATURE_INVALID',
    [{ keyid: 'k1', sig: good.subarray(0, 32) }],
    [['k1'], ['k1', 'e1']],
  );
  addSig('a signature of another Ed25519 key', signatureOf('e9', message));
  add('key unknown', 'UNKNOWN_KEY', [by('e9')]);
  add(
    'two signatures, both of unknown keys',
    'UNKNOWN_KEY',
    [by('k1'), by('e1')],
    [['k2'], ['e2'], ['k2', 'e2', 'k3', 'e3']],
  );
  add('key revoked', 'KEY_REVOKED', [by('e3')], [['e3'], ['k1', 'e1', 'e3']]);
  add('one key revoked, the other unknown', 'KEY_REVOKED', [by('e9'), by('e3')], [['e1', 'e3']]);
  add('one key revoked, a bad signature of the other', 'SIGNATURE_INVALID', [by('e3'), by('e9', 'e1')], [['e1', 'e3']]);
  add(
    'two signatures, exchanged',
    'SIGNATURE_INVALID',
    [by('k1', 'e1'), by('e1', 'k1')],
    [['k1'], ['e1'], ['k1', 'e1']],
  );
  addSig('a signature over the payload alone', signatureOf('e1', Buffer.from(payload)));
  addSig('a signature over a digest', signatureOf('e1', sha256(message)));
  addSig('one bit of the first half', flipped(good, 0));
  addSig('last bit of the first half', flipped(good, 255));
  addSig('one bit of the second half', flipped(good, 256));
  addSig(
    'the order of the group added to the second half',
    Buffer.concat([good.subarray(0, 32), plusOrder(good.subarray(32))]),
  );
  addSig('halves exchanged', Buffer.concat([good.subarray(32), good.subarray(0, 32)]));
  addSig('an empty signature', Buffer.alloc(0));
  addSig('a byte short', good.subarray(0, 63));
  addSig('a byte long', Buffer.concat([good, Buffer.alloc(1)]));
  addSig('zeros', Buffer.alloc(64));
  addSig('the neutral point and zero', Buffer.concat([Buffer.of(1), Buffer.alloc(63)]));

  const cases = [
    ['nothing signed', core.recordType, ''],
    ['a record', core.recordType, payload],
    ['a tombstone type', core.tombstoneType, payload],
    ['bytes that are no text', 'application/octet-stream', Buffer.from([0x00, 0xff, 0x0a, 0x20, 0x80])],
  ];
  return {
    warning,
    about:
      'Ed25519 (RFC 8032) beside HMAC-SHA256. "readers" are the keys that each reader knows; all of them find the same.',
    keys: ed25519Keys,
    envelopes: cases.map(([name, type, signed]) => envelopeVector(core, 'e1', name, type, signed)),
    records: vectors,
    refused,
    refusedPublicKeys: refusedPublicKeys(),
  };
}

/** Public keys for which anybody can sign, in every form, and some that are not in their one form. */
function refusedPublicKeys() {
  const ff = 'ff'.repeat(30);
  const y = '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc';
  const negativeY = 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03';
  return [
    [`01${'00'.repeat(31)}`, 'order 1'],
    [`ec${ff}7f`, 'order 2'],
    ['00'.repeat(32), 'order 4'],
    [`${'00'.repeat(31)}80`, 'order 4'],
    [`${y}05`, 'order 8'],
    [`${y}85`, 'order 8'],
    [`${negativeY}7a`, 'order 8'],
    [`${negativeY}fa`, 'order 8'],
    [`01${'00'.repeat(30)}80`, 'order 1, its x of 0 with a sign'],
    [`ec${ff}ff`, 'order 2, its x of 0 with a sign'],
    [`ed${ff}7f`, 'order 4, its y of 0 as the prime'],
    [`ed${ff}ff`, 'order 4, its y of 0 as the prime'],
    [`ee${ff}7f`, 'order 1, its y of 1 as the prime and 1'],
    [`ee${ff}ff`, 'order 1, its y of 1 as the prime and 1, its x of 0 with a sign'],
    [`f0${ff}7f`, 'its y of 3 as the prime and 3'],
    [`ff${ff}ff`, 'its y of 18 as the prime and 18'],
  ].map(([publicHex, reason]) => ({ publicHex, reason }));
}

async function namespaces(core) {
  const id = 'build/42/hello.txt';
  const names = ['tenant a', 'acme', 'ACME', '0', 'a.b_c-d', 'a=b', 'é', '日本語', 'A'.repeat(21), 'a'.repeat(64)];
  const prefixOf = (name) => `ns/${core.escapeId(name)}/`;
  const keyring = core.hmacKeyring({ active: 'k1', keys: { k1: secrets.k1 } });
  const revisionOf = (seed) => sha256(seed).toString('hex').slice(0, 32);

  /** One record in a namespace or in none, with its content behind it or in an object of its own. */
  const sealed = async (namespace, recordId, parts, change = {}) => {
    const bytes = bytesOf(parts);
    const chunks = Array.from({ length: Math.ceil(bytes.length / mebibyte) }, (_, n) =>
      sha256(bytes.subarray(n * mebibyte, (n + 1) * mebibyte)),
    );
    const inline = bytes.length <= 65_536;
    const revision = revisionOf(`${namespace} ${recordId}`);
    const tail = inline ? bytes : Buffer.concat(chunks);
    const key = core.contentKey(recordId, revision);
    const record = {
      id: recordId,
      generation: 1,
      revision,
      name: recordId.split('/').at(-1),
      contentType: 'text/plain',
      sizeBytes: bytes.length,
      checksumSha256: sha256(bytes).toString('hex'),
      createdAt: now,
      metadata: {},
      content: inline ? { inline } : { key, chunkSize: mebibyte, chunksSha256: sha256(tail).toString('hex') },
    };
    const object = await core.sealRecord(keyring, { audience, namespace, ...change }, record, tail);
    const { line } = core.splitLine(object.bytes);
    return {
      line: { text: `${Buffer.from(line).toString()}\n` },
      tail: inline ? parts : [{ hex: tail.toString('hex') }],
      key: core.recordKey(recordId),
      contents: inline ? [] : [{ key, bytes: parts }],
    };
  };
  const objectsOf = (prefix, { line, tail, key, contents }) =>
    [{ key, bytes: [line, ...tail] }, ...contents].map((object) => ({ ...object, key: prefix + object.key }));

  const greetings = [undefined, 'tenant a', 'acme', 'ACME'].map((namespace) => ({
    name: namespace ?? 'beside the namespaces',
    namespace,
    id,
    content: [{ text: `hello, ${namespace ?? 'world'}\n` }],
  }));
  const large = {
    name: 'content of its own',
    namespace: 'tenant a',
    id: 'large',
    content: [{ stream: 'chunks', sizeBytes: mebibyte + 1 }],
  };
  const artifacts = [...greetings, large];
  const all = await Promise.all(artifacts.map((artifact) => sealed(artifact.namespace, artifact.id, artifact.content)));
  const objects = artifacts.flatMap(({ namespace }, n) =>
    objectsOf(namespace === undefined ? '' : prefixOf(namespace), all[n]),
  );
  const whole = [...objects, { key: 'store.json', bytes: [{ text: '{"format":1}' }] }].toSorted((a, b) =>
    a.key < b.key ? -1 : 1,
  );
  const placeOf = (namespace) => (namespace === undefined ? {} : { namespace, prefix: prefixOf(namespace) });

  const refused = [];
  const add = (name, namespace, sealedRecord) =>
    refused.push({
      name,
      code: 'INTEGRITY',
      id,
      audience,
      ...placeOf(namespace),
      now,
      objects: objectsOf(namespace === undefined ? '' : prefixOf(namespace), sealedRecord),
    });
  const [outside, tenant, lower, upper] = all;
  add('a record from beside the namespaces, put into one', 'tenant a', outside);
  add('a record of a namespace, put beside it', undefined, tenant);
  add('a record of another namespace', 'acme', tenant);
  add('a record of a namespace in another case', 'acme', upper);
  add('a record of a namespace in lower case', 'ACME', lower);
  add(
    'a record of the same namespace in another store',
    'tenant a',
    await sealed('tenant a', id, greetings[1].content, { audience: 'vectors-2' }),
  );
  add('a record of another id in the namespace', 'tenant a', { ...all[4], key: core.recordKey(id) });
  add('a record that has the escaped name', 'tenant a', await sealed('tenant=20a', id, greetings[1].content));
  return {
    warning,
    about:
      'Where a namespace has its keys, a store with several, and records that were moved between them. Each is read with "prefix" before every key.',
    keys,
    names: names.map((name) => ({ name, prefix: prefixOf(name) })),
    records: artifacts.map(({ name, namespace, id: recordId, content }, n) => ({
      name,
      id: recordId,
      audience,
      ...placeOf(namespace),
      now,
      payload: Buffer.from(JSON.parse(all[n].line.text).payload, 'base64').toString(),
      content,
      objects: whole,
    })),
    refused,
  };
}

async function ledgers(core) {
  const type = 'application/vnd.artifacts.ledger.v1+json';
  const name = (digit) => digit.repeat(32);
  const scene = new Scene(core, 'ledger', { trackUsage: true });
  await scene.upload('build/42/hello.txt', [{ text: 'hello, world\n' }]);
  await scene.upload('large', [{ stream: 'chunks', sizeBytes: mebibyte + 1 }]);
  const [written] = (await scene.objects()).find(({ key }) => key === ledgerKey).bytes;
  const payload = Buffer.from(JSON.parse(written.text).payload, 'base64').toString();
  const fields = JSON.parse(payload);
  const deadline = now + 10 * 60 * 1000;
  const reservation = { id: 'a', revision: name('b'), bytes: 1, deadline };
  const lease = { holder: name('c'), deadline, bytes: 1000, count: 10 };

  const vectorOf = (text, { namespace, line = seal(core, text, { type }), end = '\n' } = {}) => {
    const prefix = namespace === undefined ? '' : `ns/${core.escapeId(namespace)}/`;
    const place = namespace === undefined ? {} : { namespace, prefix };
    return { audience, ...place, now, objects: [{ key: prefix + ledgerKey, bytes: [{ text: line + end }] }] };
  };
  const good = [];
  const add = (about, change, options = {}) => {
    const { v, audience: store, ...rest } = fields;
    const text = JSON.stringify({ v, audience: store, namespace: options.namespace, ...rest, ...change });
    const sealed = seal(core, text, { type, ...options });
    good.push({ name: about, payload: text, ...vectorOf(text, { ...options, line: sealed }) });
  };
  good.push({ name: 'written after two uploads', payload, ...vectorOf(payload, { line: written.text.trimEnd() }) });
  add('of a namespace', {}, { namespace: 'tenant a' });
  add('signed by a key that only verifies', {}, { signers: ['k2'] });
  add('with reservations', {
    reservations: [
      reservation,
      { id: 'READ "ME"', revision: name('d'), bytes: 8_388_608, open: true, deadline },
      { id: 'é/replaced', revision: name('e'), bytes: 10, replaces: 20, deadline },
      { id: 'deleted', revision: name('f'), bytes: 0, replaces: 30, deletes: true, deadline },
    ],
  });
  add('below nothing while there is a lease', { bytes: -20, count: -2, leases: [lease], leasesFrom: deadline });
  add('while somebody counts', { recount: { by: name('0'), deadline } });

  const refused = [];
  const refuse = (about, code, text, options) => refused.push({ name: about, code, ...vectorOf(text, options) });
  const refuseSigned = (about, code, options) =>
    refuse(about, code, payload, { line: seal(core, payload, { type, ...options }) });
  const refuseMembers = (about, change, code = 'INTEGRITY') =>
    refuse(about, code, JSON.stringify({ ...fields, ...change }));
  refuseSigned('a record in its place', 'SIGNATURE_INVALID', { type: core.recordType });
  refuseSigned('signed as a record', 'SIGNATURE_INVALID', {
    message: core.preAuthenticationEncoding(core.recordType, Buffer.from(payload)),
  });
  refuseSigned('an unknown key', 'UNKNOWN_KEY', { signers: ['k9'] });
  refuseSigned('a revoked key', 'KEY_REVOKED', { signers: ['k3'] });
  refuse('without its line feed', 'INTEGRITY', payload, { end: '' });
  refuse('two lines', 'SIGNATURE_INVALID', payload, { end: '\n\n' });
  refuse('another spelling', 'INTEGRITY', payload.replace(',', ', '));
  refuse('a list', 'INTEGRITY', '[]');
  refuse('of the store, in a namespace', 'INTEGRITY', payload, { namespace: 'tenant a' });
  refuseMembers('another version', { v: 2 }, 'UNSUPPORTED');
  refuseMembers('another store', { audience: 'vectors-2' });
  refuseMembers('of a namespace, beside it', { namespace: 'tenant a' });
  refuseMembers('an unknown member', { more: true });
  refuseMembers('no revision', { revision: undefined });
  refuseMembers('half a byte', { bytes: 0.5 });
  refuseMembers('no number', { count: '2' });
  refuseMembers('no reservations', { reservations: undefined });
  refuseMembers('a reservation of no id', { reservations: [{ ...reservation, id: 'a//b' }] });
  refuseMembers('a reservation of less than nothing', { reservations: [{ ...reservation, bytes: -1 }] });
  refuseMembers('a reservation without end', { reservations: [{ ...reservation, deadline: undefined }] });
  refuseMembers('a reservation that does not delete and says so', {
    reservations: [{ ...reservation, deletes: false }],
  });
  refuseMembers('a reservation of more', { reservations: [{ ...reservation, more: 1 }] });
  refuseMembers('one revision twice', { reservations: [reservation, { ...reservation, id: 'b' }] });
  refuseMembers('a lease of nobody', { leases: [{ ...lease, holder: 'me' }] });
  refuseMembers('a lease of less than nothing', { leases: [{ ...lease, count: -1 }] });
  refuseMembers('one holder twice', { leases: [lease, lease] });
  refuseMembers('counted by nobody', { recount: { deadline } });
  return {
    warning,
    about: 'What a store holds, where that is kept, and what is not taken for it.',
    keys,
    ledgers: good,
    refused,
  };
}

/** One store in memory whose clock stands still and whose chance is not. */
class Scene {
  #core;
  #backend;
  #contents = [];

  constructor(core, name, options = {}) {
    this.#core = core;
    this.#backend = core.memoryBackend({ now: () => now });
    let draws = 0;
    this.store = new core.ArtifactStore({
      backend: this.#backend,
      signing: core.hmacKeyring({ active: 'k1', keys: { k1: secrets.k1 } }),
      audience,
      now: () => now,
      monotonic: () => 0,
      randomBytes: (size) => sha256(`${name} ${(draws += 1)}`).subarray(0, size),
      ...options,
    });
  }

  async upload(id, parts, { undeclared = false, ...options } = {}) {
    const bytes = bytesOf(parts);
    this.#contents.push({ bytes, parts });
    await this.store.upload(id, undeclared ? () => [bytes] : bytes, options);
  }

  /** Every object there is. */
  async objects() {
    const objects = [];
    for await (const { key, size } of this.#backend.list({ prefix: '' })) {
      const { body } = await this.#backend.read(key);
      const chunks = [];
      for await (const chunk of body) chunks.push(chunk);
      objects.push({ key, bytes: size === 0 ? [] : this.#describe(key, Buffer.concat(chunks)) });
    }
    return objects;
  }

  payloadOf(objects, id) {
    const [{ text }] = objects.find(({ key }) => key === this.#core.recordKey(id)).bytes;
    return Buffer.from(JSON.parse(text).payload, 'base64').toString();
  }

  async vector({ name, about, id, now: readAt = now, ...found }) {
    const objects = await this.objects();
    return { name, about, id, audience, now: readAt, payload: this.payloadOf(objects, id), ...found, objects };
  }

  #describe(key, bytes) {
    if (key === 'store.json' || key === ledgerKey) return [{ text: bytes.toString() }];
    if (!key.startsWith('records/')) return this.#partsOf(bytes);
    const { line, tailStart } = this.#core.splitLine(bytes);
    return [{ text: `${Buffer.from(line).toString()}\n` }, ...this.#partsOf(bytes.subarray(tailStart))];
  }

  #partsOf(bytes) {
    if (bytes.length === 0) return [];
    const known = this.#contents.find((content) => Buffer.compare(content.bytes, bytes) === 0);
    return known?.parts ?? [{ hex: bytes.toString('hex') }];
  }
}

function replaceObject(objects, id, bytes) {
  // Only ids without anything to escape are tampered with here.
  return objects.map((object) => (object.key === `records/${id}` ? { ...object, bytes } : object));
}

function seal(core, payload, { type = core.recordType, signers = ['k1'], message } = {}) {
  const bytes = Buffer.from(payload);
  const signed = message ?? core.preAuthenticationEncoding(type, bytes);
  const signatures = signers.map((keyid) => ({ keyid, sig: signatureOf(keyid, signed) }));
  return Buffer.from(core.encodeEnvelope({ payloadType: type, payload: bytes, signatures })).toString();
}

function reordered(line) {
  const { payloadType, payload, signatures } = JSON.parse(line);
  return JSON.stringify({ signatures: signatures.map(({ keyid, sig }) => ({ sig, keyid })), payload, payloadType });
}

/** Made without our own code: HMAC-SHA256 of the keys in `secrets`, Ed25519 of those in `seeds`. */
function signatureOf(keyid, message) {
  const secret = secrets[keyid];
  return secret === undefined
    ? sign(null, message, privateKeyOf(keyid))
    : createHmac('sha256', secret).update(message).digest();
}

function privateKeyOf(keyid) {
  const key = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seeds[keyid]]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

function publicKeyOf(keyid) {
  return createPublicKey(privateKeyOf(keyid)).export({ format: 'der', type: 'spki' }).subarray(-32);
}

/** The second half of an Ed25519 signature, as another number that means the same. */
function plusOrder(half) {
  const order = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n;
  const sum = BigInt(`0x${Buffer.from(half.toReversed()).toString('hex')}`) + order;
  return Buffer.from(Buffer.from(sum.toString(16).padStart(64, '0'), 'hex').toReversed());
}

function sha256(data) {
  return createHash('sha256').update(data).digest();
}

function flipped(bytes, bit) {
  const copy = Buffer.from(bytes);
  copy[bit >> 3] ^= 1 << (bit & 7);
  return copy;
}

/** The bytes that a vector describes: text, hex, or a stream of SHA-256(seed, counter) that would be too long to write down. */
export function bytesOf(parts) {
  return Buffer.concat(
    parts.map(({ text, hex, stream, sizeBytes, flippedBit }) => {
      if (text !== undefined) return Buffer.from(text);
      if (hex !== undefined) return Buffer.from(hex, 'hex');
      const bytes = streamOf(stream, sizeBytes);
      return flippedBit === undefined ? bytes : flipped(bytes, flippedBit);
    }),
  );
}

const streams = new Map();

function streamOf(seed, sizeBytes) {
  const known = streams.get(seed);
  if (known !== undefined && known.length >= sizeBytes) return known.subarray(0, sizeBytes);
  const blocks = Array.from({ length: Math.ceil(sizeBytes / 32) }, (_, counter) => sha256(`${seed} ${counter}`));
  const bytes = Buffer.concat(blocks);
  streams.set(seed, bytes);
  return bytes.subarray(0, sizeBytes);
}

// Last, because classes and maps do not exist before their line.
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const load = (name) => import(pathToFileURL(join(root, 'packages', 'core', 'dist', `${name}.js`)).href);
  const files = await makeVectors(Object.assign({}, ...(await Promise.all(modules.map(load)))));
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text);
    console.log(`${name}: ${text.length} bytes`);
  }
}
