import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';

import { ArtifactStore } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';
import { expect, test, vi } from 'vitest';

import { auditLog } from './audit-log.ts';
import {
  endOf,
  entriesOf,
  keysOf,
  linesOf,
  logAt,
  note,
  startOf,
  startTime,
  temporaryDirectory,
} from './log.test-helper.ts';
import { digestOf, noLine } from './line.ts';
import { verifyAuditLog } from './verify-audit-log.ts';

const keyring = keysOf('k1');

/** The files of this process that are open in the folder. */
async function openBelow(directory: string): Promise<string[]> {
  const descriptors = await readdir('/proc/self/fd');
  // The one that listed them is gone.
  const paths = await Promise.all(descriptors.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => '')));
  return paths.filter((path) => path.startsWith(directory));
}

test('a line says when, who, what, of which version, and how it ended', async () => {
  const file = join(await temporaryDirectory(), 'trail.jsonl');
  const log = logAt(file, { actor: (context) => (context as { user: string }).user });

  log.observer.end?.(endOf(1, { context: { user: 'ada' }, namespace: 'tenant a', keyId: 'k1' }));
  log.observer.end?.(
    endOf(2, { context: { user: 'bob' }, operation: 'delete', outcome: 'RETAINED', generation: undefined }),
  );
  const swept = { artifacts: 1, contents: 2, tombstones: 0, markers: 3, bytes: 10, kept: 0, announced: 0 };
  log.observer.end?.(endOf(3, { context: {}, operation: 'sweep', id: undefined, sha256: undefined, swept }));
  const head = await log.close();

  const [opened, first, second, third, checkpoint] = await entriesOf(file);
  expect(opened).toEqual({ time: '2026-01-01T00:00:00.000Z', type: 'opened', log: head?.log, unsigned: 0 });
  expect(first).toEqual({
    time: '2026-01-01T00:00:00.006Z',
    type: 'end',
    operationId: '00000000-0000-4000-8000-000000000001',
    operation: 'upload',
    store: 'main',
    namespace: 'tenant a',
    id: 'build/1/app.tgz',
    actor: 'ada',
    outcome: 'ok',
    generation: 1,
    sha256: 'ab'.repeat(32),
    keyId: 'k1',
    bytes: 10,
    durationMs: 5,
  });
  expect(second).toMatchObject({ operation: 'delete', actor: 'bob', outcome: 'RETAINED' });
  expect(third).toMatchObject({ operation: 'sweep', swept });
  expect(checkpoint).toEqual({ type: 'checkpoint' });
});

test('I-30 every line has its number and the digest of the line before', async () => {
  const file = join(await temporaryDirectory(), 'trail.jsonl');
  const log = logAt(file, { checkpointEvery: 3 });
  note(log, 5);
  await log.ready();
  note(log, 5, 6);
  const head = await log.close();

  const lines = await linesOf(file);
  let prev = noLine;
  for (const [index, { text }] of lines.entries()) {
    const members = JSON.parse(text) as { payload?: string };
    const link =
      members.payload === undefined ? members : JSON.parse(Buffer.from(members.payload, 'base64').toString());
    expect(link).toMatchObject({ seq: index + 1, prev });
    prev = digestOf(text);
  }
  expect(head).toEqual({ log: head?.log, sequence: lines.length, sha256: prev });
});

test('what a store does is recorded, refusals and reads included, and the log verifies', async () => {
  const file = join(await temporaryDirectory(), 'trail.jsonl');
  const log = logAt(file);
  const store = new ArtifactStore({
    backend: memoryBackend(),
    signing: keyring,
    audience: 'test',
    observers: [log.observer],
  });

  const { checksumSha256 } = await store.upload('a', 'x', { hold: true });
  await store.safe.delete('a');
  await (await store.download('a')).bytes();
  await store.safe.download('absent');
  const head = await log.close();

  const entries = await entriesOf(file);
  expect(
    entries.slice(1, -1).map(({ operation, id, outcome, generation }) => [operation, id, outcome, generation]),
  ).toEqual([
    ['upload', 'a', 'ok', 1],
    ['delete', 'a', 'RETAINED', undefined],
    ['download', 'a', 'ok', 1],
    ['download', 'absent', 'NOT_FOUND', undefined],
  ]);
  expect(entries[1]?.['sha256']).toBe(checksumSha256);
  expect(await verifyAuditLog({ file, keyring, ...(head && { head }) })).toEqual({
    intact: true,
    findings: [],
    lines: 6,
    checkpoints: 1,
    signed: head,
    unsignedTail: 0,
    head,
    torn: [],
    resumed: [],
    unfinished: 0,
    notRecorded: 0,
  });
});

test('I-30 a required log has the begin on its own before the storage is asked, and the end before the caller hears', async () => {
  const file = join(await temporaryDirectory(), 'trail.jsonl');
  const log = logAt(file, { fsync: 'each' });
  const inner = memoryBackend();
  const seen: unknown[][] = [];
  const backend = {
    ...inner,
    contract: inner.contract,
    name: inner.name,
    capabilities: inner.capabilities.bind(inner),
    write: async (...args: Parameters<typeof inner.write>) => {
      seen.push((await entriesOf(file)).map(({ type }) => type));
      return inner.write(...args);
    },
    read: inner.read.bind(inner),
    delete: inner.delete.bind(inner),
    list: inner.list.bind(inner),
    discardUnfinished: inner.discardUnfinished.bind(inner),
    check: inner.check.bind(inner),
    close: inner.close.bind(inner),
  };
  const store = new ArtifactStore({ backend, signing: keyring, audience: 'test', audit: log.sink });

  await store.upload('a', 'x');

  expect(seen[0]).toEqual(['opened', 'begin']);
  expect((await entriesOf(file)).map(({ type }) => type)).toEqual(['opened', 'begin', 'end']);
  await log.close();
  expect((await store.safe.upload('b', 'x')).success).toBe(false);
});

test('whatever an id holds, it is one line of printable ASCII', async () => {
  const file = join(await temporaryDirectory(), 'trail.jsonl');
  const id = 'a\n{"seq":1}\r\u2028\u202e\u0000\u001b[2Jé\ud83d\ude00"\\';
  const log = logAt(file, { actor: () => id.repeat(50) });

  log.observer.end?.(endOf(1, { id, store: id, namespace: id, outcome: 'NO SUCH\nCODE' as never }));
  await log.close();

  const lines = await linesOf(file);
  expect(lines).toHaveLength(3);
  expect(lines[1]?.text).toMatch(/^[\x20-\x7e]+$/);
  const entry = (await entriesOf(file))[1];
  expect(entry).toMatchObject({ id, store: id, namespace: id, actor: id.repeat(50).slice(0, 256), outcome: 'BACKEND' });
});

test('a full file is rotated after a checkpoint, names sort as the lines do, and the chain goes on', async () => {
  const directory = await temporaryDirectory();
  const file = join(directory, 'trail.jsonl');
  const log = logAt(file, { rotate: { maxBytes: 4096 } });

  for (let round = 0; round < 5; round += 1) {
    note(log, 12, round * 12);
    await log.checkpoint();
  }
  const head = await log.close();

  const names = (await readdir(directory)).toSorted();
  expect(names.length).toBeGreaterThan(4);
  expect(names.at(-1)).toBe('trail.jsonl');
  expect(names[0]).toBe('trail.0000000000000001.jsonl');
  const report = await verifyAuditLog({ file, keyring, ...(head && { head }) });
  expect(report).toMatchObject({ intact: true, unsignedTail: 0, head });
  expect((await entriesOf(file)).filter(({ type }) => type === 'end')).toHaveLength(60);
});

test('a log that is full when it is closed is rotated before that, and leaves nothing open', async () => {
  const directory = await temporaryDirectory();
  const log = logAt(join(directory, 'trail.jsonl'), { rotate: { maxBytes: 4096 } });
  note(log, 12);

  await log.close();
  const closedWith = (await readdir(directory)).toSorted();
  await vi.waitFor(async () => expect(await readdir(directory)).toContain('trail.jsonl'));

  expect(closedWith).toEqual(['trail.0000000000000001.jsonl', 'trail.jsonl']);
  expect(await openBelow(directory)).toEqual([]);
});

test('a log is continued by the next process that opens it', async () => {
  const file = join(await temporaryDirectory(), 'trail.jsonl');
  const first = logAt(file);
  note(first, 3);
  const before = await first.close();
  const second = logAt(file);
  note(second, 3, 4);
  const after = await second.close();

  expect(after).toMatchObject({ log: before?.log, sequence: 10 });
  const report = await verifyAuditLog({ file, keyring, ...(before && { head: before }) });
  expect(report).toMatchObject({ intact: true, head: after, resumed: [] });
});

test('a second writer of a file is refused, in this process or another, until the first has closed it', async () => {
  const file = join(await temporaryDirectory(), 'trail.jsonl');
  const first = logAt(file);
  await first.ready();
  const second = logAt(file);
  const warnings = vi.spyOn(process, 'emitWarning').mockReturnValue();

  await expect(second.ready()).rejects.toMatchObject({ code: 'CONFIGURATION', field: 'file' });
  await expect(second.sink.begin(startOf(1))).rejects.toMatchObject({ code: 'CONFIGURATION' });
  expect(warnings).toHaveBeenCalledTimes(1);
  warnings.mockRestore();
  await first.close();
  await second.ready();
  await second.close();
});

test.each([
  ['keyring', { keyring: undefined as never }],
  ['file', { file: undefined }],
  ['file', { file: '' }],
  ['file', { writable: process.stdout }],
  ['rotate', { file: undefined, writable: process.stdout, rotate: { maxBytes: 5000 } }],
  ['writable', { file: undefined, writable: {} as never }],
  ['actor', { actor: 'ada' as never }],
  ['fsync', { fsync: 'always' as never }],
  ['checkpointEvery', { checkpointEvery: 0 }],
  ['checkpointEvery', { checkpointEvery: 10_001 }],
  ['maxQueued', { maxQueued: -1 }],
  ['rotate.maxBytes', { rotate: { maxBytes: 4095 } }],
  ['now', { now: 5 as never }],
])('a wrong %s is refused when the log is made', (field, options) => {
  const make = () => auditLog({ file: 'trail.jsonl', keyring, ...options });

  expect(make).toThrow(expect.objectContaining({ code: 'CONFIGURATION', field }));
});

test('a log that nobody wrote to is closed without a file', async () => {
  const directory = await temporaryDirectory();

  expect(await logAt(join(directory, 'trail.jsonl'), { now: () => startTime }).close()).toBeUndefined();

  expect(await readdir(directory)).toEqual([]);
});

test('a log is intact whenever it is verified beside whoever writes and rotates it', async () => {
  const file = join(await temporaryDirectory(), 'trail.jsonl');
  const log = logAt(file, { rotate: { maxBytes: 4096 }, checkpointEvery: 10 });
  let writing = true;
  const writer = (async () => {
    for (let n = 0; n < 40; n += 1) {
      note(log, 10, n * 10);
      await log.ready();
    }
    await log.checkpoint();
    writing = false;
  })();
  let looked = 0;

  await log.ready();
  while (writing) {
    expect(await verifyAuditLog({ file, keyring })).toMatchObject({ intact: true, findings: [] });
    looked += 1;
  }
  await writer;
  const head = await log.close();

  expect(looked).toBeGreaterThan(1);
  expect(await verifyAuditLog({ file, keyring, ...(head && { head }) })).toMatchObject({
    intact: true,
    unsignedTail: 0,
  });
});

test('a log is closed once, however often that is asked', async () => {
  const file = join(await temporaryDirectory(), 'trail.jsonl');
  const log = logAt(file);
  note(log, 1);

  const [first, second] = await Promise.all([log.close(), log.close()]);
  await log[Symbol.asyncDispose]();

  expect(second).toEqual(first);
  expect((await entriesOf(file)).map(({ type }) => type)).toEqual(['opened', 'end', 'checkpoint']);
  await expect(log.checkpoint()).rejects.toMatchObject({ code: 'CONFIGURATION', field: 'audit' });
  note(log, 2);
  expect(log.stats.notRecorded).toBe(2);
});

test('a checkpoint is over what was given before it, however much comes after', async () => {
  const file = join(await temporaryDirectory(), 'trail.jsonl');
  const log = logAt(file);
  note(log, 3);
  const signed = log.checkpoint();
  note(log, 2000, 4);

  const { sequence } = await signed;
  await log.close();

  expect(sequence).toBeLessThan(1100);
  expect(await verifyAuditLog({ file, keyring })).toMatchObject({ intact: true, checkpoints: 3, unsignedTail: 0 });
});
