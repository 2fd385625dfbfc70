import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { createBackendCommand } from '../../src/create-backend/command.ts';
import { createBackend } from '../../src/create-backend/create-backend.ts';
import { namesOf, renamed } from '../../src/create-backend/names.ts';
import { codeOf, readText } from '../documents/document.ts';

/** Files of the document, and what they are called where npm must not take them for the testkit's own. */
const files = [
  ['package.json', 'package.template.json'],
  ['tsconfig.json', 'tsconfig.json'],
  ['src/acme-backend.ts', 'src/acme-backend.ts'],
  ['src/acme-backend.test.ts', 'src/acme-backend.spec.ts'],
  ['src/index.ts', 'src/index.ts'],
] as const;

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'artifacts-create-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** What the command says, on which stream. */
async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await createBackendCommand(args, { write: (text) => (out += text) }, { write: (text) => (err += text) });
  return { code, out, err };
}

test.each(files)('%s in the document is what the template has', (file, packed) => {
  expect(readText(`packages/testkit/template/${packed}`)).toBe(codeOf(readText('docs/write-a-backend.md'), file));
});

test('the template asks for the packages as they are now, and pins the actions that CI pins', () => {
  const { devDependencies } = JSON.parse(readText('packages/testkit/template/package.template.json')) as {
    readonly devDependencies: Record<string, string>;
  };
  for (const name of ['core', 'testkit']) {
    const { version } = JSON.parse(readText(`packages/${name}/package.json`)) as { readonly version: string };
    expect(devDependencies[`@artifacts/${name}`]).toBe(`^${version.split('.')[0]}.0.0`);
  }
  const actions = (path: string): string[] => readText(path).match(/uses: .+/g) ?? [];
  const ours = actions('packages/testkit/template/.github/workflows/test.yml');
  expect(ours.length).toBe(2);
  expect(actions('.github/workflows/ci.yml')).toEqual(expect.arrayContaining(ours));
});

test('a new package has the name of its folder, everywhere', async () => {
  const folder = join(newFolder(), 'deep', 'artifacts-acme-cloud');

  expect(await createBackend(folder)).toEqual([
    '.github/workflows/test.yml',
    '.gitignore',
    'README.md',
    'package.json',
    'src/acme-cloud-backend.test.ts',
    'src/acme-cloud-backend.ts',
    'src/index.ts',
    'tsconfig.json',
  ]);
  const text = (file: string): string => readFileSync(join(folder, file), 'utf8');
  expect(JSON.parse(text('package.json'))).toMatchObject({ name: 'artifacts-acme-cloud' });
  expect(text('src/index.ts')).toContain(
    "import { acmeCloudBackend, type AcmeCloudMedium } from './acme-cloud-backend.ts'",
  );
  expect(text('src/index.ts')).toContain("'the URL is not acme-cloud://<name>, of [a-z0-9-]'");
  expect(text('src/acme-cloud-backend.ts')).toContain("readonly name = 'acme-cloud'");
});

describe('names', () => {
  test.each([
    ['my-backend', 'my', 'My'],
    ['artifacts-backend-tape', 'tape', 'Tape'],
    ['blue2-cloud', 'blue2-cloud', 'Blue2Cloud'],
  ])('of the folder %s are %s and %s', (folder, medium, type) => {
    expect(namesOf(folder)).toEqual({ package: folder, medium, type });
  });

  test.each([
    '',
    'backend',
    'My',
    '2fast',
    'a--b',
    'über',
    'a b',
    `a${'b'.repeat(32)}`,
    's3-backend',
    'memory',
    'file',
  ])('the folder %j has none', (folder) => {
    expect(() => namesOf(folder)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', field: 'folder' }));
  });

  test('stand for those of the template once', () => {
    const names = { package: 'artifacts-acme-acme', medium: 'acme-acme', type: 'AcmeAcme' };

    expect(renamed('@acme/artifacts-acme Acme acmeBackend acme', names)).toBe(
      'artifacts-acme-acme AcmeAcme acmeAcmeBackend acme-acme',
    );
  });
});

test('a folder that holds anything is refused and left as it is', async () => {
  const folder = join(newFolder(), 'acme');
  mkdirSync(folder);
  writeFileSync(join(folder, 'thesis.txt'), 'mine');

  await expect(createBackend(folder)).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    field: 'folder',
    message: 'it is not empty: give a folder that is new or empty',
  });
  await expect(createBackend(join(folder, 'thesis.txt'))).rejects.toMatchObject({ field: 'folder' });
  expect(readdirSync(folder)).toEqual(['thesis.txt']);
});

test('a repository without a commit is as good as empty', async () => {
  const folder = join(newFolder(), 'acme');
  mkdirSync(join(folder, '.git'), { recursive: true });

  expect((await createBackend(folder)).length).toBe(8);
});

test('the command says what it wrote and what comes next, or what is wrong', async () => {
  const folder = join(newFolder(), 'acme');

  const made = await run(folder);
  expect(made).toMatchObject({ code: 0, err: '' });
  expect(made.out).toContain('  src/acme-backend.ts\n');
  expect(made.out).toContain(`Now: cd ${folder} && npm install && npm test\n`);

  const again = await run(folder);
  expect(again).toMatchObject({ code: 2, out: '' });
  expect(again.err).toBe(
    'artifacts-create-backend: INVALID_ARGUMENT: it is not empty: give a folder that is new or empty\n',
  );
  expect(await run('--help')).toMatchObject({ code: 0, err: '', out: expect.stringContaining('Usage:') as string });
  expect(await run()).toMatchObject({ code: 2, out: '', err: expect.stringContaining('Usage:') as string });
  expect(await run('--force')).toMatchObject({ code: 2, out: '' });
  expect(await run(folder, 'more')).toMatchObject({ code: 2, out: '' });
});
