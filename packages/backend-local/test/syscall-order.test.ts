import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { temporaryDirectory } from './support/directory.ts';
import { bundle, watch } from './support/programs.ts';

/** One system call, and where in the log it began and ended. */
interface Call {
  readonly text: string;
  readonly began: number;
  readonly ended: number;
}

test('I-9 the file is on the disk before it is visible, the directory before it is acknowledged', async ({ skip }) => {
  skip(spawnSync('strace', ['-V']).status !== 0, 'strace is not installed');
  const directory = await temporaryDirectory();
  const program = await bundle('once', directory);
  const root = join(directory, 'root');
  const log = join(directory, 'log');
  const filter = 'trace=fsync,link,linkat,rename,renameat,renameat2,unlink,unlinkat,write';
  const traced = watch(
    spawn('strace', ['-f', '-y', '-s', '200', '-o', log, '-e', filter, process.execPath, program, root]),
  );
  expect(await traced.ended).toBe(0);
  const calls = callsIn(await readFile(log, 'utf8'));

  const staged = String.raw`${root}/staging/[\w-]+`;
  const object = `${root}/objects/d~dir~/o~key~`;
  const acknowledged = (what: string) => the(calls, new RegExp(`^write\\(1<.*"acknowledged ${what}`));
  const syncs = (path: string) => all(calls, new RegExp(`^fsync\\(\\d+<${path}>\\)`));
  const [created, replaced] = syncs(staged);
  const link = the(calls, new RegExp(`^link(at)?\\(.*"${staged}".*"${object}".*= 0$`));
  const rename = the(calls, new RegExp(`^rename(at2?)?\\(.*"${staged}".*"${object}".*= 0$`));
  const unlink = the(calls, new RegExp(`^unlink(at)?\\(.*"${object}"`));

  const between = (first: Call, second: Call, path: string) =>
    syncs(path).some((sync) => sync.began > first.ended && sync.ended < second.began);

  inOrder(created, link);
  for (const path of [`${root}/objects/d~dir~`, `${root}/objects`, root]) {
    expect(between(link, acknowledged('create'), path)).toBe(true);
  }
  inOrder(acknowledged('create'), replaced);
  inOrder(replaced, rename);
  expect(between(rename, acknowledged('replace'), `${root}/objects/d~dir~`)).toBe(true);
  // The directory went with its only object, so the one above it tells.
  expect(between(unlink, acknowledged('delete'), `${root}/objects`)).toBe(true);
});

function the(calls: readonly Call[], pattern: RegExp): Call {
  const found = all(calls, pattern);
  assert.equal(found.length, 1, String(pattern));
  return found[0] as Call;
}

function all(calls: readonly Call[], pattern: RegExp): Call[] {
  return calls.filter(({ text }) => pattern.test(text));
}

function inOrder(first: Call | undefined, second: Call | undefined): void {
  expect(first?.ended).toBeLessThan(second?.began ?? 0);
}

/** Joins what strace cuts in two when threads take turns. */
function callsIn(log: string): Call[] {
  const begun = new Map<string, { readonly text: string; readonly began: number }>();
  const calls: Call[] = [];
  for (const [line, whole] of log.split('\n').entries()) {
    const [, thread = '', text = ''] = /^(\d+)\s+(.*)$/.exec(whole) ?? [];
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(text);
    if (text.endsWith('<unfinished ...>')) {
      begun.set(thread, { text: text.slice(0, -'<unfinished ...>'.length).trimEnd(), began: line });
    } else if (resumed === null) {
      calls.push({ text, began: line, ended: line });
    } else {
      const start = begun.get(thread);
      if (start !== undefined) calls.push({ text: start.text + (resumed[1] ?? ''), began: start.began, ended: line });
    }
  }
  return calls;
}
