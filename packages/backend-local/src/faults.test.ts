import assert from 'node:assert/strict';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { type ArtifactBackend, ArtifactError } from '@artifacts/core';
import { describe, expect, test } from 'vitest';

import { keysOf, temporaryDirectory, textAt, tree } from '../test/support/directory.ts';
import { type Fault, faultyFileSystem } from '../test/support/faults.ts';
import { rejection } from '../test/support/rejection.ts';
import { type FileSystem, nodeFileSystem } from './filesystem.ts';
import { localBackend } from './local-backend.ts';

const key = 'dir/key';
const bytes = Buffer.from('new');
const future = new Date(Date.now() + 3_600_000);

interface Scenario {
  readonly old?: 'old';
  readonly expected: 'new' | undefined;
  run(backend: ArtifactBackend, version: string): Promise<unknown>;
}

async function* stream(): AsyncGenerator<Uint8Array> {
  yield bytes.subarray(0, 1);
  yield bytes.subarray(1);
}

const scenarios: Record<string, Scenario> = {
  'a create': { expected: 'new', run: (backend) => backend.write(key, bytes, { condition: { absent: true } }) },
  'a write of a stream': { expected: 'new', run: (backend) => backend.write(key, stream()) },
  'an overwrite': { old: 'old', expected: 'new', run: (backend) => backend.write(key, bytes) },
  'a swap': {
    old: 'old',
    expected: 'new',
    run: (backend, version) => backend.write(key, bytes, { condition: { version } }),
  },
  'a delete': { old: 'old', expected: undefined, run: (backend) => backend.delete(key) },
  'a conditional delete': {
    old: 'old',
    expected: undefined,
    run: (backend, version) => backend.delete(key, { condition: { version } }),
  },
};

const kinds = [true, false].flatMap((forGood) =>
  [true, false].map((applied) => ({
    forGood,
    applied,
    what: `${forGood ? 'for good' : 'once'}, ${applied ? 'applied and reported as failed' : 'not applied'}`,
  })),
);

describe.each(Object.keys(scenarios))('I-7 %s whose n-th call of the file system fails', (name) => {
  const scenario = scenarios[name] as Scenario;
  test.each(kinds)('$what: the old object or the new one, honestly told, and nothing left', async (kind) => {
    const directory = await temporaryDirectory();
    // What a call did does not depend on why it failed.
    const codes = kind.applied ? ['EIO'] : ['ENOSPC', 'EIO', 'EACCES', 'EMFILE'];
    await Promise.all(
      codes.map(async (code) => {
        for (let at = 1; ; at += 1) {
          const parent = join(directory, `${code}-${at}`);
          await mkdir(parent);
          if (!(await survives(join(parent, 'root'), scenario, { ...kind, at, code }))) break;
        }
      }),
    );
  });
});

/** Runs the scenario with that fault and checks what it left; `false` when it ended before the fault. */
async function survives(root: string, scenario: Scenario, fault: Fault): Promise<boolean> {
  const what = JSON.stringify(fault);
  const observer = localBackend({ root, durability: 'process' });
  let version = '';
  if (scenario.old !== undefined) version = (await observer.write(key, Buffer.from(scenario.old))).version;
  const { fs, calls } = faultyFileSystem(fault);
  const [outcome] = await Promise.allSettled([scenario.run(localBackend({ root, fs }), version)]);
  const failed = `${what}: ${calls.join(' ')}`;

  const present = await textAt(observer, key);
  if (outcome.status === 'fulfilled') {
    assert.equal(present, scenario.expected, failed);
  } else {
    assert.ok(outcome.reason instanceof ArtifactError, failed);
    // Only a lost answer may leave the new object behind.
    if (outcome.reason.code !== 'OUTCOME_UNKNOWN') assert.equal(present, scenario.old, failed);
    assert.ok(present === scenario.old || present === scenario.expected, failed);
  }
  assert.deepEqual(await keysOf(observer), present === undefined ? [] : [key], failed);

  // Nothing stays for long, and nothing is in the way of the next one.
  await observer.discardUnfinished(future);
  const left = (await tree(join(root, '..'))).filter((path) => /\/(staging|locks)\/./.test(path));
  assert.deepEqual(left, [], failed);
  await observer.write(key, Buffer.from('next'));
  await observer.write(key, Buffer.from('last'));
  assert.equal(await textAt(observer, key), 'last', failed);
  return calls.length >= fault.at;
}

test('I-9 a directory that cannot be brought to the disk makes the write fail, and the previous object is back', async () => {
  const root = await temporaryDirectory();
  const observer = localBackend({ root });
  await observer.write(key, Buffer.from('old'));
  const { fs, calls } = faultyFileSystem(undefined);
  await localBackend({ root, fs }).write(key, bytes);
  await observer.write(key, Buffer.from('old'));
  const at = calls.lastIndexOf('fsync') + 1;
  expect(at).toBeGreaterThan(calls.indexOf('rename'));
  const faulty = faultyFileSystem({ at, code: 'EIO', forGood: false, applied: false });
  const before = await observer.read(key);
  await rejection('BACKEND', localBackend({ root, fs: faulty.fs }).write(key, bytes));
  expect(await textAt(observer, key)).toBe('old');
  const after = await observer.read(key);
  expect(after.status === 'found' && after.info).toEqual(before.status === 'found' && before.info);
});

/** Fails the fsync of a directory of objects, so often, and has something happen during the first; tells what was synced and taken back. */
async function failingDirectory(
  old: string | undefined,
  times: number,
  meanwhile: (observer: ArtifactBackend) => Promise<void> = async () => undefined,
) {
  const root = await temporaryDirectory();
  const observer = localBackend({ root });
  await observer.write('dir/other', bytes);
  if (old !== undefined) await observer.write(key, Buffer.from(old));
  const events: string[] = [];
  let failed = 0;
  const paths = new Map<number, string>();
  const fs: Partial<FileSystem> = {
    async open(path, flags, mode) {
      const descriptor = await nodeFileSystem.open(path, flags, mode);
      paths.set(descriptor, path);
      return descriptor;
    },
    async fsync(descriptor) {
      if (paths.get(descriptor)?.endsWith('d~dir~') === true) {
        events.push('sync');
        failed += 1;
        if (failed === 1) await meanwhile(observer);
        if (failed <= times) throw Object.assign(new Error('EIO'), { code: 'EIO', syscall: 'fsync' });
      }
      await nodeFileSystem.fsync(descriptor);
    },
    async unlink(path) {
      if (path.endsWith('o~key~')) events.push('taken back');
      await nodeFileSystem.unlink(path);
    },
    async rename(from, to) {
      if (to.endsWith('o~key~')) events.push(events.length === 0 ? 'replaced' : 'taken back');
      await nodeFileSystem.rename(from, to);
    },
  };
  return { backend: localBackend({ root, fs }), observer, events };
}

describe.each([
  ['a create', undefined],
  ['an overwrite', 'old'],
] as const)('I-9 %s whose directory cannot be brought to the disk', (_name, old) => {
  test('once: what was taken back is taken back durably', async () => {
    const { backend, observer, events } = await failingDirectory(old, 1);
    await rejection('BACKEND', backend.write(key, bytes));
    expect(events.filter((event) => event !== 'replaced')).toEqual(['sync', 'taken back', 'sync']);
    expect(await textAt(observer, key)).toBe(old);
  });

  test('for good: the outcome is unknown', async () => {
    const { backend } = await failingDirectory(old, Infinity);
    await rejection('OUTCOME_UNKNOWN', backend.write(key, bytes));
  });
});

test('I-10 a create whose directory cannot be brought to the disk is not denied once somebody has built upon it', async () => {
  const { backend, observer } = await failingDirectory(undefined, 1, async (other) => {
    const created = await other.read(key);
    assert.ok(created.status === 'found');
    await other.write(key, Buffer.from('swapped'), { condition: { version: created.info.version } });
  });
  await rejection('OUTCOME_UNKNOWN', backend.write(key, bytes, { condition: { absent: true } }));
  expect(await textAt(observer, key)).toBe('swapped');
});

describe.each(['read', 'list', 'check'] as const)('I-26 a failing %s', (call) => {
  test.each(['EIO', 'EACCES', 'EMFILE'])(
    'with %s is a typed error or the truth, and leaves nothing open',
    async (code) => {
      const root = await temporaryDirectory();
      const observer = localBackend({ root });
      const large = new Uint8Array(2_500_000).fill(7);
      await observer.write('large', large);
      const open = (await readdir('/dev/fd')).length;
      for (let at = 1; ; at += 1) {
        const { fs, calls } = faultyFileSystem({ at, code, forGood: at % 2 === 0, applied: false });
        const backend = localBackend({ root, fs });
        const work = {
          read: () => textAt(backend, 'large').then((text) => expect(text?.length).toBe(large.length)),
          list: () => keysOf(backend).then((keys) => expect(keys).toEqual(['large'])),
          check: () => backend.check(),
        };
        const [outcome] = await Promise.allSettled([work[call]()]);
        assert.ok(outcome.status === 'fulfilled' || outcome.reason instanceof ArtifactError);
        if (calls.length < at) break;
      }
      expect((await readdir('/dev/fd')).length).toBeLessThanOrEqual(open + 1);
    },
  );
});
