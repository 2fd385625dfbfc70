import assert from 'node:assert/strict';

import type { Harness } from '../harness.ts';
import { openInProcess, type ProcessHandle } from '../processes/process-handle.ts';

/** Does `work` with four handles, each in a process of its own. None of the processes outlives it. */
export async function withProcesses(
  { otherProcess }: Harness,
  work: (handles: readonly [ProcessHandle, ProcessHandle, ...(readonly ProcessHandle[])]) => Promise<void>,
): Promise<void> {
  assert.ok(otherProcess !== undefined, 'the harness does not say how another process opens the storage');
  const opening = Array.from({ length: 4 }, () => openInProcess(otherProcess));
  try {
    const [first, second, ...others] = await Promise.all(opening);
    assert.ok(first !== undefined && second !== undefined);
    await work([first, second, ...others]);
  } finally {
    const opened = await Promise.allSettled(opening);
    const handles = opened.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    await Promise.all(handles.map((handle) => handle.kill()));
  }
}
