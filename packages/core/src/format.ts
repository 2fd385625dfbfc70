import type { BackendCapabilities } from './backend.ts';
import { ArtifactError, isArtifactError } from './errors.ts';
import { storeKey } from './layout.ts';
import type { Storage } from './storage.ts';

const format = 1;
const maxBytes = 4096;

/** Whether the store says its format; absent is format 1. @throws `CONFIGURATION` when it is one this release does not know */
export async function requireFormat(storage: Storage): Promise<boolean> {
  const object = await storage.get(storeKey, maxBytes);
  if (object === undefined) return false;
  const found = formatOf(object.bytes);
  if (found === format) return true;
  throw new ArtifactError(
    'CONFIGURATION',
    `the store has format ${found}, this release knows format ${format} only: use a newer release`,
    {
      field: 'backend',
      expected: format,
      found,
    },
  );
}

/** The first write of a store says what it is. */
export async function declareFormat(storage: Storage, capabilities: BackendCapabilities): Promise<void> {
  if (await requireFormat(storage)) return;
  const bytes = Buffer.from(JSON.stringify({ format }));
  try {
    await storage.put(storeKey, bytes, capabilities.createIfAbsent ? { absent: true } : undefined);
  } catch (error) {
    // Somebody else was faster, or our own lost answer was: either way it has to be the same format.
    if (!isArtifactError(error, 'PRECONDITION_FAILED')) throw error;
    await requireFormat(storage);
  }
}

function formatOf(bytes: Uint8Array): number | string {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString());
    if (typeof value === 'object' && value !== null && 'format' in value && typeof value.format === 'number')
      return value.format;
  } catch {
    // Reported like any other format that is not ours.
  }
  return 'unknown';
}
