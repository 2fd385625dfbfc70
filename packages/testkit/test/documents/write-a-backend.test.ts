import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { ArtifactBackend } from '@artifacts/core';
import { describe, expect, test } from 'vitest';

import { brokenBackends } from '../../src/broken-backends/index.test-helper.ts';
import { codeOf, readText, root, rowsBelow } from './document.ts';

const text = readText('docs/write-a-backend.md');
// Inside the repository, so that imports resolve as they do for a reader.
const folder = join(root, '.cache', 'write-a-backend');

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const name of ['acme-backend.ts', 'acme-backend.test.ts', 'index.ts']) {
  writeFileSync(join(folder, name), codeOf(text, `src/${name}`));
}

// The reader's own test file, which registers one test per rule.
await import(join(folder, 'acme-backend.test.ts'));

describe('the documented package', async () => {
  const { backendFromUrl } = (await import(join(folder, 'index.ts'))) as {
    readonly backendFromUrl: (url: string) => ArtifactBackend;
  };

  test('a URL names a medium: the same one gives the same, another one another', async () => {
    await backendFromUrl('acme://one').write('key', Buffer.from('bytes'));

    expect((await backendFromUrl('acme://one').read('key')).status).toBe('found');
    expect((await backendFromUrl('acme://two').read('key')).status).toBe('absent');
  });

  test.each(['acme://', 'acme://one/path', 'acme://one?regoin=eu', 'acme://user:secret@one'])(
    'the URL %s is refused',
    (url) => {
      const open = () => backendFromUrl(url);

      expect(open).toThrow(expect.objectContaining({ code: 'CONFIGURATION', field: 'target' }));
      expect(open).not.toThrow(/secret/);
    },
  );
});

test('each documented mistake is a broken backend, caught by the rule that stands beside it', () => {
  const rows = rowsBelow(text, 'Ten mistakes that are made most');

  expect(rows.length).toBe(10);
  for (const [fault, caughtBy] of rows) {
    expect(brokenBackends).toContainEqual(expect.objectContaining({ fault, caughtBy }));
  }
});
