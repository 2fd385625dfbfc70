import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';

const descriptors = '/dev/fd';

/**
 * Does `work` and breaks the rule when it leaves files or sockets open by the dozen. Systems that do not tell what is
 * open are not asked: there only running out of descriptors shows a leak.
 */
export async function assertNothingLeftOpen(work: () => Promise<void>): Promise<void> {
  const before = openCount();
  await work();
  const more = openCount() - before;
  assert.ok(more < 100, `${more} more files or sockets are open than before`);
}

function openCount(): number {
  return existsSync(descriptors) ? readdirSync(descriptors).length : 0;
}
