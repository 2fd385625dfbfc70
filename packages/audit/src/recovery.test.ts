import { appendFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';

import { ArtifactStore, type KeyProvider } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';
import { afterEach, expect, test, vi } from 'vitest';

import { auditLog } from './audit-log.ts';
import { digestOf } from './line.ts';
import { endOf, entriesOf, keysOf, linesOf, logAt, note, startOf, temporaryDirectory } from './log.test-helper.ts';
import { verifyAuditLog } from './verify-audit-log.ts';

const keyring = keysOf('k1');

afterEach(() => {
  vi.restoreAllMocks();
});

/** A log of five lines, the last two of them not signed, as a process leaves it that is killed. */
async function abandoned(): Promise<string> {
  const file = join(await temporaryDirectory(), 'trail.jsonl');
  const log = logAt(file, { checkpointEvery: 3 });
  note(log, 2);
  await log.ready();
  note(log, 1, 3);
  await log.ready();
  const text = await readFile(file);
  await log.close();
  await writeFile(file, text);
  expect((await entriesOf(file)).map(({ type }) => type)).toEqual(['opened', 'end', 'end', 'checkpoint', 'end']);
  return file;
}

test('I-30 a line that a crash cut is kept, told of by the next one, and no finding', async () => {
  const file = await abandoned();
  const [last] = (await linesOf(file)).slice(-1);
  for (const cut of [1, 40, (last?.text.length ?? 0) - 1])
    await appendFile(file, `${last?.text.slice(0, cut)}${cut === 1 ? '\n' : ''}`);

  const log = logAt(file);
  note(log, 1, 9);
  const head = await log.close();

  const entries = (await linesOf(file)).map(({ text }) => text);
  const pieces = entries.slice(5, 7);
  expect(JSON.parse(entries[7] ?? '')).toMatchObject({
    seq: 6,
    type: 'opened',
    unsigned: 1,
    torn: pieces.map(digestOf),
  });
  expect(await verifyAuditLog({ file, keyring, ...(head && { head }) })).toMatchObject({
    intact: true,
    torn: [
      { file, line: 6 },
      { file, line: 7 },
    ],
    resumed: [{ file, line: 8, sequence: 6, unsigned: 1 }],
  });
});

test('a last line that lacks nothing but its newline is one', async () => {
  const file = await abandoned();
  const text = await readFile(file, 'latin1');
  await writeFile(file, text.trimEnd());

  expect(await verifyAuditLog({ file, keyring })).toMatchObject({ intact: true, unsignedTail: 1, torn: [] });
  const log = logAt(file);
  note(log, 1, 9);
  await log.close();

  expect(await verifyAuditLog({ file, keyring })).toMatchObject({ intact: true, torn: [], unsignedTail: 0, lines: 8 });
});

test('I-30 a line that was cut and not written on is told of, and not called edited', async () => {
  const file = await abandoned();
  await appendFile(file, '{"seq":6,"prev":"');

  expect(await verifyAuditLog({ file, keyring })).toMatchObject({
    intact: true,
    unsignedTail: 1,
    torn: [{ file, line: 6 }],
  });
});

test('I-30 what a crash left is excused where it was told of, and nowhere else', async () => {
  const file = await abandoned();
  await appendFile(file, '{"seq":6,');
  const log = logAt(file);
  note(log, 1, 9);
  await log.close();
  const lines = (await readFile(file, 'latin1')).split('\n');

  for (const change of [
    () => lines.with(5, '{"seq":7,'),
    () => lines.toSpliced(5, 0, '{"seq":6,'),
    () => lines.toSpliced(2, 0, '{"seq":6,'),
    () => lines.toSpliced(5, 1),
  ]) {
    await writeFile(file, change().join('\n'));
    const report = await verifyAuditLog({ file, keyring });
    // That a piece is gone changes no line, and the next still tells of it.
    expect([report.intact, report.torn.length]).toEqual(
      change().length < lines.length ? [true, 0] : [false, report.torn.length],
    );
  }
});

test('I-30 a log that was changed is not written on', async () => {
  const file = await abandoned();
  const text = await readFile(file, 'latin1');
  const lines = text.split('\n');
  for (const changed of [
    lines.toSpliced(1, 1),
    lines.with(1, (lines[1] ?? '').replace('"ok"', '"OK"')),
    lines.toSpliced(2, 0, 'nothing'),
    ['nothing', ...lines],
    ['nothing', ''],
    ['{"name":"a file of another kind"}'],
    [...lines, ...Array.from({ length: 20 }, () => 'nothing'), ''],
  ]) {
    await writeFile(file, changed.join('\n'));
    const log = logAt(file);
    vi.spyOn(process, 'emitWarning').mockReturnValue();

    await expect(log.ready()).rejects.toMatchObject({ code: 'INTEGRITY', field: 'file' });

    expect(await readFile(file, 'latin1')).toBe(changed.join('\n'));
    expect(await readdir(join(file, '..'))).toEqual(['trail.jsonl']);
  }
});

test('a process that ended between two files goes on where the full one ends', async () => {
  const file = await abandoned();
  const log = logAt(file);
  note(log, 1);
  const head = await log.close();
  await rename(file, file.replace('.jsonl', '.0000000000000001.jsonl'));
  await writeFile(file, '');

  const next = logAt(file);
  note(next, 1);
  await next.close();

  const report = await verifyAuditLog({ file, keyring, ...(head && { head }) });
  expect(report).toMatchObject({ intact: true, lines: (head?.sequence ?? 0) + 3 });
});

test('an observer counts what it cannot record, and says so as soon as it can', async () => {
  const warnings = vi.spyOn(process, 'emitWarning').mockReturnValue();
  const directory = join(await temporaryDirectory(), 'trail');
  await writeFile(directory, 'in the way');
  const file = join(directory, 'trail.jsonl');
  const log = logAt(file);

  note(log, 3);
  await expect(log.ready()).rejects.toMatchObject({ code: 'BACKEND', cause: { code: 'EEXIST' } });
  note(log, 4);
  await expect(log.checkpoint()).rejects.toMatchObject({ code: 'BACKEND' });
  expect(log.stats).toEqual({ notRecorded: 7, failures: 2 });
  await rename(directory, `${directory}.away`);
  note(log, 1, 8);
  await log.close();

  expect((await entriesOf(file)).map(({ type, operations }) => [type, operations])).toEqual([
    ['opened', undefined],
    ['end', undefined],
    ['dropped', 7],
    ['checkpoint', undefined],
  ]);
  expect(await verifyAuditLog({ file, keyring })).toMatchObject({ intact: true, notRecorded: 7 });
  expect(warnings).toHaveBeenCalledTimes(1);
});

test('a stream that takes nothing fills the queue and no more, and holds up nobody', async () => {
  let take: (() => void) | undefined;
  let stalls = true;
  const taken: Buffer[] = [];
  const writable = new Writable({
    write(chunk: Buffer, _, done) {
      taken.push(chunk);
      if (stalls) take = done;
      else done();
    },
  });
  const log = auditLog({ writable, keyring, maxQueued: 10 });
  const store = new ArtifactStore({
    backend: memoryBackend(),
    signing: keyring,
    audience: 'test',
    observers: [log.observer],
  });

  await store.upload('a', 'x');
  await vi.waitUntil(() => taken.length === 1);
  for (let n = 0; n < 25; n += 1) await store.getMetadata('a');
  expect(log.stats).toEqual({ notRecorded: 15, failures: 0 });
  stalls = false;
  take?.();
  await log.close();

  const text = Buffer.concat(taken).toString('latin1');
  expect(text.split('\n').filter((line) => line.includes('"type":"end"'))).toHaveLength(11);
  const file = join(await temporaryDirectory(), 'trail.jsonl');
  await writeFile(file, text);
  expect(await verifyAuditLog({ file, keyring })).toMatchObject({ intact: true, unsignedTail: 0, notRecorded: 15 });
});

test('a stream that failed is never written again: nobody knows what arrived', async () => {
  vi.spyOn(process, 'emitWarning').mockReturnValue();
  const writable = new Writable({ write: (_, __, done) => done(new Error('EPIPE')) });
  const log = auditLog({ writable, keyring });

  await expect(log.sink.begin(startOf(1))).rejects.toMatchObject({ code: 'BACKEND', cause: new Error('EPIPE') });
  await expect(log.sink.begin(startOf(2))).rejects.toMatchObject({ code: 'BACKEND' });
  note(log, 5);
  await expect(log.close()).rejects.toMatchObject({ code: 'BACKEND' });
  expect(log.stats.notRecorded).toBe(5);
});

test('keys that do not sign lose no line: what they owe is signed when they can', async () => {
  vi.spyOn(process, 'emitWarning').mockReturnValue();
  const file = join(await temporaryDirectory(), 'trail.jsonl');
  let down = true;
  const flaky: KeyProvider = {
    find: (keyid) => keyring.find(keyid),
    active: () => (down ? Promise.reject(new Error('down')) : keyring.active()),
  };
  const log = logAt(file, { keyring: flaky, checkpointEvery: 2 });

  note(log, 5);
  await expect(log.checkpoint()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await log.sink.begin(startOf(6));
  down = false;
  const head = await log.close();

  expect((await entriesOf(file)).map(({ type }) => type)).toEqual([
    'opened',
    ...Array(5).fill('end'),
    'begin',
    'checkpoint',
  ]);
  expect(await verifyAuditLog({ file, keyring, ...(head && { head }) })).toMatchObject({ intact: true, unfinished: 1 });
});

test('an actor that cannot be told leaves an observer its line, and refuses a required operation', async () => {
  vi.spyOn(process, 'emitWarning').mockReturnValue();
  const file = join(await temporaryDirectory(), 'trail.jsonl');
  const log = logAt(file, {
    actor: (context) => {
      if (context === 'bad') throw new Error('no such user');
      return context as never;
    },
  });

  log.observer.end?.(endOf(1, { context: 'bad' }));
  log.observer.end?.(endOf(2, { context: 7 }));
  await expect(log.sink.begin(startOf(3, { context: 'bad' }))).rejects.toThrow('no such user');
  await expect(log.sink.begin(startOf(4, { context: 7 }))).rejects.toMatchObject({
    code: 'CONFIGURATION',
    field: 'actor',
  });
  await log.close();

  expect((await entriesOf(file)).map(({ type, actor }) => [type, actor])).toEqual([
    ['opened', undefined],
    ['end', undefined],
    ['end', undefined],
    ['checkpoint', undefined],
  ]);
});

test('what a writer that is gone left beside the file is removed, in a folder of whatever name', async () => {
  const directory = join(await temporaryDirectory(), 'deep'.repeat(30));
  const file = join(directory, 'trail.jsonl');
  await mkdir(directory);
  await writeFile(join(directory, 'trail.jsonl.writer.0123456789abcdef'), '');
  await writeFile(join(directory, 'another.jsonl.writer.0123456789abcdef'), '');

  const log = logAt(file);
  await log.ready();
  const [other, active, own, ...more] = (await readdir(directory)).toSorted();
  await expectTaken(file);
  await log.close();

  expect([other, active, more]).toEqual(['another.jsonl.writer.0123456789abcdef', 'trail.jsonl', []]);
  expect(own).toMatch(/^trail\.jsonl\.writer\.[0-9a-f]{16}$/);
  expect((await readdir(directory)).toSorted()).toEqual([other, active]);
});

async function expectTaken(file: string): Promise<void> {
  vi.spyOn(process, 'emitWarning').mockReturnValue();
  await expect(logAt(file).ready()).rejects.toMatchObject({ code: 'CONFIGURATION', field: 'file' });
}

test('a folder that cannot be made into the next file keeps the log in the one it has', async () => {
  vi.spyOn(process, 'emitWarning').mockReturnValue();
  const directory = await temporaryDirectory();
  const file = join(directory, 'trail.jsonl');
  const log = logAt(file, { rotate: { maxBytes: 4096 } });
  await log.ready();
  await mkdir(join(directory, 'trail.0000000000000001.jsonl', 'in the way'), { recursive: true });

  note(log, 20);
  await log.ready();
  note(log, 1, 21);
  await log.close();

  await rm(join(directory, 'trail.0000000000000001.jsonl'), { recursive: true });
  expect((await entriesOf(file)).filter(({ type }) => type === 'end')).toHaveLength(21);
  expect(await verifyAuditLog({ file, keyring })).toMatchObject({ intact: true, unsignedTail: 0, notRecorded: 0 });
});
