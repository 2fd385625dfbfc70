import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test, vi } from 'vitest';

import { verifyAuditLog } from '../src/index.ts';
import { entriesOf, keysOf, linesOf, logAt, temporaryDirectory } from '../src/log.test-helper.ts';
import { bundle } from './support/programs.ts';

const keyring = keysOf('k1');
const seed = Number(process.env['ARTIFACTS_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const kills = Number(process.env['ARTIFACTS_TEST_AUDIT_KILLS'] ?? 25);

test(`I-30 whenever the process is killed, what was acknowledged is in the log, and the log verifies, seed ${seed}`, async () => {
  const directory = await temporaryDirectory();
  const program = await bundle('recorder', directory);
  const file = join(directory, 'log', 'trail.jsonl');
  const acknowledged: string[] = [];
  let random = seed;

  for (let kill = 0; kill < kills; kill += 1) {
    random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
    acknowledged.push(...(await killedAfter(1 + (random % 60), program, file, String(kill * 100_000))));
    expect(await verifyAuditLog({ file, keyring }), `kill ${kill + 1}`).toMatchObject({ intact: true, notRecorded: 0 });
  }

  const recorded = (await entriesOf(file)).flatMap(({ id }) => (typeof id === 'string' ? [id] : []));
  const ids = new Set(recorded);
  expect(ids.size).toBe(recorded.length);
  expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
  const counts = `${kills} kills, ${acknowledged.length} acknowledgements`;
  process.stdout.write(`proof: kill -9 of whoever writes an audit log: ${counts}, seed ${seed}\n`);
});

test('I-30 a line that the system cuts, wherever, is told of as that by the process that goes on', async () => {
  const directory = await temporaryDirectory();
  const program = await bundle('recorder', directory);
  for (const kibibytes of [1, 2, 3, 5, 8]) {
    const file = join(directory, String(kibibytes), 'trail.jsonl');
    // The write that would pass the limit is done up to it, and the next one fails.
    const limited = spawnSync(
      'bash',
      ['-c', `ulimit -f ${kibibytes}; exec "$0" "$@"`, process.execPath, program, file],
      {
        encoding: 'utf8',
      },
    );
    expect([limited.status, limited.stderr.includes('EFBIG')]).toEqual([0, false]);
    const acknowledged = limited.stdout.split('\n').slice(0, -1);

    expect(await verifyAuditLog({ file, keyring })).toMatchObject({ intact: true, torn: [{ file }] });
    const log = logAt(file);
    await log.sink.begin({ operationId: 'x', operation: 'delete', store: 'main', backend: 'memory', startedAt: 0 });
    await log.close();

    const report = await verifyAuditLog({ file, keyring });
    expect(report).toMatchObject({ intact: true, torn: [{ file }], unsignedTail: 0 });
    const lines = (await linesOf(file)).map(({ text }) => text);
    expect(acknowledged.filter((id) => !lines.some((text) => text.includes(`"id":"${id}"`)))).toEqual([]);
  }
});

test('a file that another process writes to is refused, and free as soon as that is gone, however it went', async () => {
  const directory = await temporaryDirectory();
  const program = await bundle('recorder', directory);
  const file = join(directory, 'log', 'trail.jsonl');
  const other = spawn(process.execPath, [program, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(other.stdout, 'data');

  const warnings = vi.spyOn(process, 'emitWarning').mockReturnValue();
  await expect(logAt(file).ready()).rejects.toMatchObject({ code: 'CONFIGURATION', field: 'file' });
  warnings.mockRestore();
  other.kill('SIGKILL');
  await once(other, 'close');

  const log = logAt(file);
  await log.ready();
  await log.close();
  expect((await readdir(join(directory, 'log'))).filter((name) => name.includes('.writer.'))).toEqual([]);
});

/** Runs the program until it has acknowledged so many lines, and kills it. */
async function killedAfter(lines: number, program: string, file: string, from: string): Promise<string[]> {
  const child = spawn(process.execPath, [program, file, from], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    text += more;
    if (text.split('\n').length > lines) child.kill('SIGKILL');
  });
  const [, signal] = (await once(child, 'close')) as unknown[];
  expect(signal).toBe('SIGKILL');
  return text.split('\n').slice(0, -1);
}
