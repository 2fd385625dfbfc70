import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { expect, test } from 'vitest';

import { secretOf } from './store.test-helper.ts';

const secret = 'CONFIDENTIALVALUE';
const built = ['index', 'memory'].map((name) => new URL(`../dist/${name}.js`, import.meta.url).href);

/** Runs a program on the build with `NODE_DEBUG`, and gives what it said on stderr, without what differs every time. */
async function linesOf(program: string, nodeDebug: string | undefined): Promise<string[]> {
  const code = `
    const [core, memory] = process.argv.slice(1);
    const { ArtifactStore, hmacKeyring } = await import(core);
    const { memoryBackend } = await import(memory);
    const key = Buffer.from('${Buffer.from(secretOf('k1')).toString('hex')}', 'hex');
    const signing = hmacKeyring({ active: 'k1', keys: { k1: key } });
    const inner = memoryBackend();
    const open = (backend = inner) => new ArtifactStore({ backend, signing, audience: 'test', label: 'blue' });
    const override = (overrides) => ({
      contract: 1, name: 'memory', read: inner.read.bind(inner), list: inner.list.bind(inner), ...overrides,
    });
    ${program}`;
  const env = { PATH: process.env['PATH'], ...(nodeDebug !== undefined && { NODE_DEBUG: nodeDebug }) };
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', code, ...built],
    {
      env,
    },
  );
  expect(stdout).toBe('');
  expect(stderr).not.toContain(secret);
  for (const encoding of ['hex', 'base64', 'latin1'] as const)
    expect(stderr).not.toContain(Buffer.from(secretOf('k1')).toString(encoding).slice(0, 8));
  return stderr
    .split('\n')
    .map((line) =>
      line
        .replace(/^ARTIFACTS \d+: /, '')
        .replaceAll(/in \d+\.\d ms/g, 'in N ms')
        .replaceAll(/[0-9a-f]{64}\/[0-9a-f]{32}/g, 'HASH/REVISION')
        .replaceAll(/\d{13}-[0-9a-f]{32}\/[0-9a-f]{32}/g, 'TIME-MARKER/REVISION'),
    )
    .filter((line) => line !== '');
}

const everything = `
  const store = open();
  await store.upload('a', '${secret}', { metadata: { value: '${secret}' } });
  await store.getMetadata('a');
  await store.getMetadata('a');
  await (await store.download('a')).bytes();
  for await (const _ of store.list()) break;
  await store.page();
  await store.download('absent').catch(() => undefined);
  const tenant = store.namespace('Tenant A');
  await tenant.upload('b', '${secret}'.repeat(5000));
  await tenant.delete('b');
  await store.healthCheck();
`;

test('NODE_DEBUG=artifacts gives one line for each operation and each storage call, and nothing private', async () => {
  const tenant = 'ns/=54enant=20=41';

  expect(await linesOf(everything, 'artifacts')).toEqual([
    '  memory capabilities ok in N ms',
    '  memory read "store.json" ok in N ms',
    '  memory write "store.json" ok in N ms',
    '  memory write "records/a" ok in N ms',
    'blue: upload "a" ok in N ms, 17 bytes, 4 requests, 0 retries, 0 cache hits',
    '  memory read "records/a" ok in N ms',
    'blue: getMetadata "a" ok in N ms, 0 bytes, 1 requests, 0 retries, 0 cache hits',
    '  memory read "records/a" ok in N ms',
    'blue: getMetadata "a" ok in N ms, 0 bytes, 1 requests, 0 retries, 1 cache hits',
    '  memory read "records/a" ok in N ms',
    'blue: download "a" ok in N ms, 17 bytes, 1 requests, 0 retries, 0 cache hits',
    '  memory list "records/" ok in N ms',
    'blue: list ok in N ms, 0 bytes, 1 requests, 0 retries, 1 cache hits',
    '  memory list "records/" ok in N ms',
    'blue: page ok in N ms, 0 bytes, 1 requests, 0 retries, 1 cache hits',
    '  memory read "records/absent" ok in N ms',
    'blue: download "absent" NOT_FOUND in N ms, 0 bytes, 1 requests, 0 retries, 0 cache hits',
    `  memory write "${tenant}/pending/TIME-MARKER/REVISION/b" ok in N ms`,
    `  memory write "${tenant}/content/HASH/REVISION" ok in N ms`,
    `  memory write "${tenant}/records/b" ok in N ms`,
    `  memory delete "${tenant}/pending/TIME-MARKER/REVISION/b" ok in N ms`,
    'blue: upload "b" in "Tenant A" ok in N ms, 85000 bytes, 4 requests, 0 retries, 0 cache hits',
    `  memory read "${tenant}/records/b" ok in N ms`,
    `  memory write "${tenant}/pending/TIME-MARKER/REVISION/b" ok in N ms`,
    `  memory write "${tenant}/records/b" ok in N ms`,
    `  memory delete "${tenant}/content/HASH/REVISION" ok in N ms`,
    'blue: delete "b" in "Tenant A" ok in N ms, 0 bytes, 4 requests, 0 retries, 0 cache hits',
    '  memory check ok in N ms',
    '  memory read "store.json" ok in N ms',
    'blue: healthCheck ok in N ms, 0 bytes, 2 requests, 0 retries, 0 cache hits',
  ]);
});

const failing = `
  const failures = [
    { read: async () => { throw new Error('${secret}'); } },
    { list: () => { throw '${secret}'; } },
    { read: async () => { throw Object.assign(new Error('${secret}'), { code: 'ENOENT' }); } },
  ];
  await open(override(failures[0])).getMetadata('a').catch(() => undefined);
  await open(override(failures[1])).page().catch(() => undefined);
  await open(override(failures[2])).download('a').catch(() => undefined);
`;

test('I-23 a failure is a code in the debug log, never a message, which could quote anything', async () => {
  expect(await linesOf(failing, 'artifacts')).toEqual([
    '  memory read "records/a" BACKEND in N ms',
    'blue: getMetadata "a" BACKEND in N ms, 0 bytes, 1 requests, 0 retries, 0 cache hits',
    '  memory list "records/" BACKEND in N ms',
    'blue: page BACKEND in N ms, 0 bytes, 1 requests, 0 retries, 0 cache hits',
    '  memory read "records/a" BACKEND in N ms',
    'blue: download "a" BACKEND in N ms, 0 bytes, 1 requests, 0 retries, 0 cache hits',
  ]);
});

const aborted = `
  const hanging = open(override({ read: () => new Promise(() => undefined) }));
  for (const reason of ['${secret}', new Error('${secret}'), null]) {
    const controller = new AbortController();
    const settled = hanging.getMetadata('a', { signal: controller.signal }).catch(() => undefined);
    await new Promise(setImmediate);
    controller.abort(reason);
    await settled;
  }
`;

test("I-23 an abort is no more than that in the debug log, whatever the caller's reason is", async () => {
  expect(await linesOf(aborted, 'artifacts')).toEqual(
    Array.from({ length: 3 }, () => [
      '  memory read "records/a" failed in N ms',
      'blue: getMetadata "a" aborted in N ms, 0 bytes, 1 requests, 0 retries, 0 cache hits',
    ]).flat(),
  );
});

test.each([undefined, '', 'fs', 'artifact'])('NODE_DEBUG %j says nothing', async (nodeDebug) => {
  expect(await linesOf(`await open().upload('a', 'x');`, nodeDebug)).toEqual([]);
});
