import assert from 'node:assert/strict';

import { isArtifactError } from '@artifacts/core';
import { expect, test } from 'vitest';

import { onFiles } from '../../src/broken-backends/processes.test-helper.ts';
import { openInProcess } from '../../src/processes/process-handle.ts';

test('errors pass between processes with their code, and a killed process answers no more', async () => {
  const harness = await onFiles();
  assert.ok(harness.otherProcess);
  const handle = await openInProcess(harness.otherProcess);
  await handle.write('one', Buffer.from('one'));
  const again = handle.write('one', Buffer.from('two'), { condition: { absent: true } });
  const error: unknown = await again.catch((thrown: unknown) => thrown);
  await handle.kill();

  expect(isArtifactError(error, 'PRECONDITION_FAILED')).toBe(true);
  expect(String(error)).toBe('ArtifactError: the object is another one');
  await expect(handle.read('one')).rejects.toThrow(/closed|ended/i);
  await harness.dispose();
});

test('a module that cannot be loaded, or has no open, says so', async () => {
  const module = new URL('modules/absent.mjs', import.meta.url);

  await expect(openInProcess({ module })).rejects.toThrow(/Cannot find module/);
  await expect(openInProcess({ module: 'node:fs/promises', data: undefined })).rejects.toThrow(/ENOENT|path|argument/);
});
