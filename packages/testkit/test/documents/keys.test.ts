import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { keyringFromEnvironment } from '@artifacts/core';
import { expect, test } from 'vitest';

import { readText, root, rowsBelow } from './document.ts';

const pages = [
  'README.md',
  ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}/README.md`),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

// By the command alone npx asks the registry for a package of that name, and whoever has it would make the keys.
test('every page that makes a key says which package the command is of', () => {
  const commands = pages.flatMap((page) => readText(page).match(/npx[^`\n]*artifacts-keygen/g) ?? []);

  expect(commands.length).not.toBe(0);
  expect(new Set(commands)).toEqual(new Set(['npx --package=@artifacts/core artifacts-keygen']));
});

test('the troubleshooting quotes what is said where no key is set', () => {
  const seen = rowsBelow(readText('docs/errors.md'), 'Troubleshooting').map((cells) => cells[0] ?? '');
  const quotes = seen.flatMap((cell) => cell.match(/(?<=")neither [^"]+(?=")/g) ?? []);

  expect(quotes.length).toBe(1);
  expect(() => keyringFromEnvironment({})).toThrow(`${quotes[0]}; make a key with: `);
});
