import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

import { generateKeyPairSync } from 'node:crypto';

import { ed25519Keyring, openArtifactStore } from '@artifacts/core';
import { expect, test } from 'vitest';

import { backendFromUrl } from '../src/index.ts';
import { newPath } from './folder.test-helper.ts';

const keys = { k1: generateKeyPairSync('ed25519').privateKey };

test('an application opens a store by the URL of a database, and closes both', async () => {
  const path = newPath();
  const open = () =>
    openArtifactStore(`sqlite:${path}`, {
      loaders: { sqlite: () => import('../src/index.ts') },
      signing: ed25519Keyring({ active: 'k1', keys }),
      audience: 'test',
    });

  const first = await open();
  await first.upload('build/42', 'stored in a row');
  await first.close();
  expect(existsSync(`${path}.lock`)).toBe(false);

  const second = await open();
  expect(await (await second.download('build/42')).text()).toBe('stored in a row');
  await second.close();
});

test('a URL names the file by a relative or an absolute path, percent-encoded where it has to be', async () => {
  const path = newPath().replace('artifacts.db', 'a ?#%.db');
  const backend = backendFromUrl(pathToFileURL(path).href.replace('file:', 'sqlite:'));
  await backend.write('key', Buffer.from('bytes'));
  await backend.close();

  expect(existsSync(path)).toBe(true);
});

test.each([
  ['sqlite:', 'target'],
  ['sqlite://', 'target'],
  ['sqlite://user:secret@host/artifacts.db', 'target'],
  ['sqlite:////host/artifacts.db', 'target'],
  ['sqlite:./artifacts.db#secret', 'target'],
  ['sqlite:./secret%FF.db', 'target'],
  ['sqlite:./secret%00.db', 'path'],
  ['sqlite:./artifacts.db?mode=secret', 'mode'],
  ['sqlite3:./artifacts.db', 'target'],
])('the URL %s is refused, and not repeated', (url, field) => {
  const open = () => backendFromUrl(url);

  expect(open).toThrow(expect.objectContaining({ code: 'CONFIGURATION', field }));
  expect(open).not.toThrow(/secret/);
});
