import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { longest } from './longest-first.ts';
import { root } from './workspace.mjs';

test.for(longest)('what is run first is there: %s', (file) => {
  expect(existsSync(join(root, file))).toBe(true);
});
