import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { apiText } from './api.mjs';
import { apiProblems, recordReleasedApi } from './released-api.mjs';

const folder = 'packages/box';

describe('the check of the public API', () => {
  let root;
  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'released-api-'));
    write('.changeset/README.md', '---\n"@x/box": major\n---\n');
    setVersion('1.0.0');
    await expose('export declare const one: 1;');
    await recordReleasedApi(root, [folder]);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function write(path, text) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }

  function setVersion(version) {
    const manifest = { name: '@x/box', version, exports: { '.': { types: './dist/index.d.ts' } } };
    write(`${folder}/package.json`, JSON.stringify(manifest));
  }

  async function expose(declarations) {
    write(`${folder}/dist/index.d.ts`, declarations);
    write(`${folder}/api.txt`, await apiText(join(root, folder)));
  }

  it('finds nothing when build, text and release agree', async () => {
    expect(await apiProblems(root, [folder])).toEqual([]);
  });

  it('wants the text made anew when the build exposes something else', async () => {
    write(`${folder}/dist/index.d.ts`, 'export declare const one: 1;\nexport declare const two: 2;');
    write('.changeset/brave-box.md', '---\n"@x/box": minor\n---\n\nTwo.\n');
    expect(await apiProblems(root, [folder])).toEqual([
      'packages/box/api.txt: line 3 is not what the build exposes: run npm run api',
    ]);
  });

  it('wants the text when there is none', async () => {
    rmSync(join(root, folder, 'api.txt'));
    expect(await apiProblems(root, [folder])).toEqual([
      'packages/box/api.txt: line 1 is not what the build exposes: run npm run api',
    ]);
  });

  it('wants a changeset for an API that is not the released one', async () => {
    await expose('export declare const one: 2;');
    expect(await apiProblems(root, [folder])).toEqual([
      'packages/box: the API is not that of 1.0.0: say what changed in a changeset for @x/box',
    ]);
  });

  it.each([`"@x/box": minor`, `'@x/box': patch`, `"@x/other": patch\n"@x/box": major`])(
    'accepts the changeset %j',
    async (head) => {
      await expose('export declare const one: 2;');
      write('.changeset/brave-box.md', `---\n${head}\n---\n\nTwo.\n`);
      expect(await apiProblems(root, [folder])).toEqual([]);
    },
  );

  it.each(['', `"@x/boxes": minor`, `"@x/box": none`])('does not accept the changeset %j', async (head) => {
    await expose('export declare const one: 2;');
    write('.changeset/brave-box.md', `---\n${head}\n---\n\n"@x/box": minor\n`);
    expect(await apiProblems(root, [folder])).toHaveLength(1);
  });

  it('refuses a version that was raised by hand', async () => {
    setVersion('1.1.0');
    expect(await apiProblems(root, [folder])).toEqual([
      'packages/box: version 1.1.0 does not come from npm run version, which last made 1.0.0',
    ]);
  });

  it('compares with the new version once that is recorded', async () => {
    await expose('export declare const one: 2;');
    setVersion('2.0.0');
    await recordReleasedApi(root, [folder]);
    expect(await apiProblems(root, [folder])).toEqual([]);
  });
});
