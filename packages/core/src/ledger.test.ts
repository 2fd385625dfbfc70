import { expect, test } from 'vitest';

import type { ArtifactBackend } from './backend.ts';
import { ArtifactError } from './errors.ts';
import { losingAnswers, watched } from './faults.test-helper.ts';
import { memoryBackend } from './memory.ts';
import { signPayload } from './signing.ts';
import {
  content,
  drawn,
  flipped,
  hour,
  keyringOf,
  objectAt,
  open,
  refusal,
  second,
  startTime,
} from './store.test-helper.ts';

const quota = { maxBytes: 1000 };
const ledgerKey = 'ledger/usage';
const type = 'application/vnd.artifacts.ledger.v1+json';
const name = (digit: string): string => digit.repeat(32);

const fields = { v: 1, audience: 'test', revision: name('a'), bytes: 5, count: 1 };
const reservation = { id: 'a', revision: name('b'), bytes: 1, deadline: startTime + hour };
const empty = { reservations: [], leases: [] };
const good = { ...fields, ...empty };

/** A ledger as somebody would write it who has the key. */
async function signed(payload: unknown, key = 'k1', payloadType = type): Promise<Uint8Array> {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const { line } = await signPayload(keyringOf(key), payloadType, Buffer.from(text), 1024 * 1024);
  return Buffer.concat([line, Buffer.from('\n')]);
}

async function stored(): Promise<ReturnType<typeof open>> {
  const opened = open({ quota });
  await opened.store.upload('a', 'first');
  return opened;
}

async function payloadOf(backend: ArtifactBackend): Promise<Record<string, unknown>> {
  const { payload } = JSON.parse(Buffer.from(await objectAt(backend, ledgerKey)).toString()) as { payload: string };
  return JSON.parse(Buffer.from(payload, 'base64').toString()) as Record<string, unknown>;
}

test('the ledger is one line of JSON: a signed envelope over what is used and reserved', async () => {
  const { backend } = await stored();

  const line = Buffer.from(await objectAt(backend, ledgerKey)).toString();

  expect(line.endsWith('}\n')).toBe(true);
  expect(JSON.parse(line)).toMatchObject({ payloadType: type, signatures: [{ keyid: 'k1' }] });
  const payload = await payloadOf(backend);
  expect(payload).toEqual({ ...good, revision: payload['revision'] });
});

test('while an upload is under way the ledger names its id, revision, bytes and deadline, and those of a stream grow', async () => {
  const { store, backend } = await stored();
  const seen: unknown[] = [];
  const source = async function* (): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < 3; i += 1) {
      seen.push((await payloadOf(backend))['reservations']);
      yield new Uint8Array(400 * 1024);
    }
  };
  const { store: roomy } = open({ backend, quota: { maxBytes: 100 * 1024 * 1024 } });

  const { revision } = await roomy.upload('b', source());

  const deadline = startTime + 600 * second;
  expect(seen[0]).toEqual([]);
  expect(seen[2]).toEqual([{ id: 'b', revision, bytes: 8 * 1024 * 1024, open: true, deadline }]);
  expect(await store.usage()).toEqual({ bytes: 5 + 3 * 400 * 1024, count: 2, from: 'ledger' });
});

test('I-2 every flipped bit of the ledger is a typed error for uploads, deletes, usage and health, and nothing is written', async () => {
  const { backend, store } = await stored();
  const bytes = await objectAt(backend, ledgerKey);
  const codes = new Set<string>();
  const failed = new Set<string>();

  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    await backend.write(ledgerKey, flipped(bytes, bit));
    codes.add((await refusal(store.usage())).code);
    if (bit % 64 > 0) continue;
    const opened = open({ backend, quota }).store;
    codes.add((await refusal(opened.upload('b', 'x'))).code);
    codes.add((await refusal(opened.delete('a'))).code);
    codes.add((await refusal(opened.ready())).code);
    for (const check of (await opened.healthCheck()).checks) if (!check.ok) failed.add(check.name);
  }

  expect([...codes].toSorted()).toEqual(['INTEGRITY', 'SIGNATURE_INVALID', 'UNKNOWN_KEY']);
  expect([...failed]).toEqual(['ledger']);
  expect(await store.getMetadata('b')).toBeUndefined();
});

test('I-3 a ledger counts only in the store and the namespace that it was signed for', async () => {
  const { backend, store } = await stored();
  const bytes = await objectAt(backend, ledgerKey);
  await backend.write(`ns/n/${ledgerKey}`, bytes);
  expect(await refusal(store.namespace('n', { quota }).usage())).toMatchObject({ code: 'INTEGRITY' });
  expect(await refusal(open({ backend, quota, audience: 'other' }).store.usage())).toMatchObject({ code: 'INTEGRITY' });
});

test.each<readonly [string, string, () => Promise<Uint8Array>]>([
  ['of another type', 'SIGNATURE_INVALID', () => signed(good, 'k1', 'application/vnd.artifacts.record.v1+json')],
  ['of an unknown key', 'UNKNOWN_KEY', () => signed(good, 'k9')],
  ['of another version', 'UNSUPPORTED', () => signed({ ...good, v: 2 })],
  ['of a namespace', 'INTEGRITY', () => signed({ ...good, namespace: 'n' })],
  ['in another spelling', 'INTEGRITY', () => signed(`${JSON.stringify(good)} `)],
  ['that is a list', 'INTEGRITY', () => signed([])],
  ['with an unknown member', 'INTEGRITY', () => signed({ ...good, extra: 1 })],
  ['without a revision', 'INTEGRITY', () => signed({ ...good, revision: undefined })],
  ['with half a byte', 'INTEGRITY', () => signed({ ...good, bytes: 0.5 })],
  ['with too many bytes', 'INTEGRITY', () => signed({ ...good, bytes: 2 ** 60 })],
  ['without reservations', 'INTEGRITY', () => signed({ ...fields, leases: [] })],
  ['with one that is none', 'INTEGRITY', () => signed({ ...good, reservations: [null] })],
  ['of no id', 'INTEGRITY', () => signed({ ...good, reservations: [{ ...reservation, id: '../a' }] })],
  ['of negative bytes', 'INTEGRITY', () => signed({ ...good, reservations: [{ ...reservation, bytes: -1 }] })],
  [
    'without a deadline',
    'INTEGRITY',
    () => signed({ ...good, reservations: [{ ...reservation, deadline: undefined }] }),
  ],
  ['with one revision twice', 'INTEGRITY', () => signed({ ...good, reservations: [reservation, reservation] })],
  ['with a lease of nobody', 'INTEGRITY', () => signed({ ...good, leases: [{ bytes: 1, count: 1, deadline: 1 }] })],
  ['counted by nobody', 'INTEGRITY', () => signed({ ...good, recount: { deadline: 1 } })],
  ['without its end of line', 'INTEGRITY', async () => (await signed(good)).subarray(0, -1)],
  ['of 2 MiB', 'INTEGRITY', async () => Buffer.concat([Buffer.alloc(2 * 1024 * 1024), await signed(good)])],
  ['that is empty', 'INTEGRITY', async () => new Uint8Array(0)],
])('a ledger %s is refused with %s, until recount makes a new one', async (_, code, bytes) => {
  const { backend, store } = await stored();
  await backend.write(ledgerKey, await bytes());

  expect((await refusal(store.upload('b', 'x'))).code).toBe(code);
  expect((await refusal(store.usage())).code).toBe(code);

  expect(await store.recount()).toEqual({ bytes: 5, count: 1, invalid: 0 });
  await store.upload('b', content(995));
  expect(await store.usage()).toEqual({ bytes: 1000, count: 2, from: 'ledger' });
});

test('I-18 a ledger that is missing means a count of what is there, not nothing', async () => {
  const { backend } = open();
  const unaware = open({ backend }).store;
  await unaware.upload('a', content(600));
  await unaware.upload('b', content(300), { ttlMs: second });
  const { store } = open({ backend, quota });

  expect((await refusal(store.upload('c', content(101)))).quota).toEqual({
    limit: 1000,
    used: 900,
    reserved: 0,
    asked: 101,
  });
  await store.upload('c', content(100));
  await backend.delete(ledgerKey);
  expect((await refusal(store.upload('d', 'x'))).quota).toEqual({ limit: 1000, used: 1000, reserved: 0, asked: 1 });
  expect(await store.usage()).toEqual({ bytes: 1000, count: 3, from: 'ledger' });
});

test('recount repairs a ledger that drifted, and tells how far it was off', async () => {
  const { backend, store } = await stored();
  const unaware = open({ backend }).store;
  await unaware.upload('b', content(70));
  await unaware.upload('a', 'of nine b');

  expect(await store.usage()).toEqual({ bytes: 5, count: 1, from: 'ledger' });
  expect(await store.recount()).toEqual({ bytes: 79, count: 2, drift: { bytes: 74, count: 1 }, invalid: 0 });
  expect(await store.recount()).toEqual({ bytes: 79, count: 2, drift: { bytes: 0, count: 0 }, invalid: 0 });
  expect(await store.usage()).toEqual({ bytes: 79, count: 2, from: 'ledger' });
  expect(await store.safe.recount()).toMatchObject({ success: true, data: { bytes: 79 } });
  expect(await store.safe.usage()).toMatchObject({ success: true, data: { bytes: 79 } });
});

test('I-2 a record that does not verify counts for nothing, and is reported', async () => {
  const { backend, store } = await stored();
  await store.upload('b', 'x');
  await backend.write('records/b', flipped(await objectAt(backend, 'records/b'), 1000));
  await backend.write('records/=zz', new Uint8Array(3));

  expect(await open({ backend }).store.usage()).toEqual({ bytes: 5, count: 1, from: 'scan', invalid: 2 });
  expect(await store.recount()).toEqual({ bytes: 5, count: 1, drift: { bytes: -1, count: -1 }, invalid: 2 });
});

for (const error of [new ArtifactError('UNAVAILABLE', 'the answer is lost'), new Error('EIO')]) {
  test(`I-18 a write of the ledger whose answer was lost counts once: ${error.message}`, async () => {
    for (const times of [1, 2, 3]) {
      const { backend } = await stored();
      const lossy = losingAnswers(
        backend,
        (key) => key === ledgerKey,
        () => error,
        times,
      );
      const { store } = open({ backend: lossy, quota });

      await store.upload('b', content(100));
      await store.upload('a', content(50));
      await store.delete('b');
      await store.recount();

      const { reservations, bytes, count } = await payloadOf(backend);
      expect({ reservations, bytes, count }).toEqual({ reservations: [], bytes: 50, count: 1 });
    }
  });
}

test('one writer needs one write of the ledger to reserve and one to settle, and never reads it again', async () => {
  const { backend, calls } = watched(memoryBackend({ now: () => startTime }));
  const { store, clock } = open({ backend, quota });
  await store.upload('a', 'x');
  calls.length = 0;
  clock.advance(2 * second);

  await store.upload('b', 'x');

  expect(calls.map(({ call, key }) => `${call} ${key}`)).toEqual([
    `write ${ledgerKey}`,
    'write records/b',
    `write ${ledgerKey}`,
  ]);
});

test('a reservation that lapsed without a commit is released, and one that was committed counts', async () => {
  const { backend, store, clock } = await stored();
  const { revision } = await store.upload('b', content(100));
  const lapsed = [
    { id: 'b', revision, bytes: 100, deadline: startTime + second },
    { id: 'c', revision: name('c'), bytes: 200, deadline: startTime + second },
    { id: 'd', revision: name('d'), bytes: 300, deadline: startTime + hour },
  ];
  await backend.write(ledgerKey, await signed({ ...good, reservations: lapsed }));
  const { store: later } = open({ backend, quota, clock });
  clock.advance(2 * second);

  await later.upload('e', content(10));

  expect(await payloadOf(backend)).toMatchObject({ bytes: 115, count: 3, reservations: [lapsed[2]] });
});

test('I-18 the room of all reservations that lapsed is free at once, however many they are', async () => {
  const { backend, clock } = open({ quota });
  const reservations = Array.from({ length: 50 }, (_, i) => ({
    id: `lapsed/${i}`,
    revision: drawn(i),
    bytes: 20,
    deadline: startTime + second,
  }));
  await backend.write(ledgerKey, await signed({ ...fields, bytes: 0, count: 0, reservations, leases: [] }));
  clock.advance(2 * second);
  const { store } = open({ backend, quota, clock });

  await store.upload('a', content(1000));

  expect(await payloadOf(backend)).toMatchObject({ bytes: 1000, count: 1, reservations: [] });
});

test('uploads that the ledger has no space to name wait until others have ended', async () => {
  const { backend, clock } = open({ quota });
  const named = (i: number) => ({ id: `${i}/`.padEnd(512, 'a'), revision: drawn(i), bytes: 1 });
  const reservations = Array.from({ length: 531 }, (_, i) => ({ ...named(i), deadline: startTime + hour }));
  await backend.write(ledgerKey, await signed({ ...fields, reservations, leases: [] }));
  let most = 0;
  const { backend: seen } = watched(backend, async () => {
    most = Math.max(most, ((await payloadOf(backend))['reservations'] as unknown[]).length);
  });
  const sleep = () => new Promise<void>((resolve) => void setImmediate(resolve));
  const { store } = open({ backend: seen, trackUsage: true, clock, sleep });

  await Promise.all(Array.from({ length: 12 }, (_, i) => store.upload(named(1000 + i).id, content(70_000))));

  expect(most).toBe(536);
});

test('usage is exact also while what nobody settled yet is replaced', async () => {
  const { backend, store } = await stored();
  const { revision } = await store.upload('b', content(100));
  const pending = { id: 'b', revision, bytes: 100, deadline: startTime + hour };
  await backend.write(ledgerKey, await signed({ ...good, reservations: [pending] }));
  let replaced = false;
  const slow = watched(backend, async (_, call, key) => {
    if (replaced || call !== 'read' || key !== 'records/b') return;
    replaced = true;
    await open({ backend, quota }).store.upload('b', content(100, 2));
  });

  expect(await open({ backend: slow.backend, quota }).store.usage()).toEqual({ bytes: 105, count: 2, from: 'ledger' });
});

test('a reservation of a record that does not verify is kept, since nobody knows what became of it', async () => {
  const { backend, store, clock } = await stored();
  const { revision } = await store.upload('b', content(100));
  await backend.write('records/b', flipped(await objectAt(backend, 'records/b'), 1000));
  const lapsed = { id: 'b', revision, bytes: 100, deadline: startTime };
  await backend.write(ledgerKey, await signed({ ...good, reservations: [lapsed] }));
  clock.advance(second);

  await open({ backend, quota, clock }).store.upload('c', 'x');

  const deadline = startTime + 601 * second;
  expect((await payloadOf(backend))['reservations']).toEqual([{ ...lapsed, deadline }]);
});

test('what is committed and not yet settled is settled by whoever replaces it', async () => {
  for (const replace of ['upload', 'update', 'delete'] as const) {
    const { backend, store } = await stored();
    const { revision } = await store.upload('b', content(100));
    const pending = { id: 'b', revision, bytes: 100, deadline: startTime + hour };
    await backend.write(ledgerKey, await signed({ ...good, reservations: [pending] }));
    const { store: other } = open({ backend, quota });
    expect(await other.usage()).toEqual({ bytes: 105, count: 2, from: 'ledger' });

    if (replace === 'upload') await other.upload('b', content(30));
    else if (replace === 'update') await other.update('b', { metadata: { changed: true } });
    else await other.delete('b');

    const left = { upload: { bytes: 35, count: 2 }, update: { bytes: 105, count: 2 }, delete: { bytes: 5, count: 1 } };
    expect(await payloadOf(backend)).toMatchObject({ ...left[replace], reservations: [] });
  }
});

test('a commit in the last minute and a half of its reservation is refused with TIMEOUT', async () => {
  const { backend, clock } = await stored();
  const slow = watched(backend, (_, call, key) => {
    if (call === 'write' && key.startsWith('expiry/')) clock.advance(511 * second);
  });
  const { store } = open({ backend: slow.backend, quota, clock });

  expect((await refusal(store.upload('b', 'x', { ttlMs: 24 * hour }))).code).toBe('TIMEOUT');

  expect(await store.usage()).toEqual({ bytes: 5, count: 1, from: 'ledger' });
  expect(await payloadOf(backend)).toMatchObject({ reservations: [] });
});

test('content that takes longer than a reservation lasts renews it on the way', async () => {
  const { store, backend, clock } = await stored();
  const { store: roomy } = open({ backend, clock, quota: { maxBytes: 100 * 1024 * 1024 } });
  const source = async function* (): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < 5; i += 1) {
      clock.advance(301 * second);
      yield new Uint8Array(1024 * 1024);
    }
  };

  await roomy.upload('b', source(), { size: 5 * 1024 * 1024 });

  expect(await store.usage()).toMatchObject({ bytes: 5 + 5 * 1024 * 1024, from: 'ledger' });
});

test('I-23 nothing secret is in the ledger or in what is said of it', async () => {
  const { backend, store } = open({ quota });
  await store.upload('a', 'content that is secret', { metadata: { secret: 'value' } });
  const text = Buffer.from(await objectAt(backend, ledgerKey)).toString('latin1');
  const { payload } = JSON.parse(text) as { payload: string };
  expect(Buffer.from(payload, 'base64').toString()).not.toContain('secret');
});
