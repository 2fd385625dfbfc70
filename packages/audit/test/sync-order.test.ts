import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { temporaryDirectory } from '../src/log.test-helper.ts';
import { bundle } from './support/programs.ts';

test('I-29 I-30 a line is on the disk before anybody hears of it, and a new file in its directory before its first line', async ({
  skip,
}) => {
  skip(spawnSync('strace', ['-V']).status !== 0, 'strace is not installed');
  const directory = await temporaryDirectory();
  const program = await bundle('recorder', directory);
  const folder = join(directory, 'log');
  const file = join(folder, 'trail.jsonl');
  const log = join(directory, 'calls');
  const traced = 'trace=write,fsync,fdatasync';
  // The limit ends it, and only it.
  const limited = ['bash', '-c', 'ulimit -f 8; exec "$0" "$@"', process.execPath, program, file];
  spawnSync('strace', ['-f', '-y', '-s', '100000', '-o', log, '-e', traced, ...limited], { stdio: 'ignore' });
  const calls = callsIn(await readFile(log, 'utf8'));

  const written = (id: string) =>
    calls.find(({ text }) => text.includes(`<${file}>`) && text.includes(String.raw`\"id\":\"${id}\"`));
  const acknowledged = calls.flatMap((call) => {
    const id = /^write\(1<.*?, "(\d+\/\d+)\\n"/.exec(call.text)?.[1];
    return id === undefined ? [] : [{ id, began: call.began }];
  });
  const syncs = calls.filter(({ text }) => text.startsWith('fdatasync(') && text.includes(`<${file}>`));
  expect(acknowledged.length).toBeGreaterThan(4);
  for (const { id, began } of acknowledged) {
    const ended = written(id)?.ended ?? Infinity;
    expect(
      syncs.some((sync) => sync.began > ended && sync.ended < began),
      `${id} was not synced`,
    ).toBe(true);
  }
  const first = calls.find(({ text }) => text.startsWith('write(') && text.includes(`<${file}>`));
  const named = calls.find(({ text }) => text.startsWith('fsync(') && text.includes(`<${folder}>`));
  expect(named?.ended).toBeLessThan(first?.began ?? 0);
});

/** Calls in the order in which they began; what strace cuts in two when threads take turns is joined. */
function callsIn(log: string): { readonly text: string; readonly began: number; readonly ended: number }[] {
  const open = new Map<string, { text: string; began: number; ended: number }>();
  return log.split('\n').flatMap((line, index) => {
    const [, thread = '', text = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    if (text.startsWith('<... ')) {
      const call = open.get(thread);
      if (call !== undefined) call.ended = index;
      return [];
    }
    const call = { text, began: index, ended: text.endsWith('<unfinished ...>') ? Infinity : index };
    open.set(thread, call);
    return [call];
  });
}
