import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { readText, root } from './document.ts';

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
