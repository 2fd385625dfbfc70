import type { BackendCapabilities } from './backend.ts';
import type { Marker } from './layout.ts';
import type { Storage } from './storage.ts';
import type { SweepLedger } from './sweep-ledger.ts';
import type { KeptObject, SweptObject, Verdict } from './sweep-report.ts';

/** What a sweep goes through at once: the store's own artifacts, or those of one namespace. */
export interface SweepSpace {
  readonly storage: Storage;
  readonly capabilities: BackendCapabilities;
  readonly ledger: SweepLedger;
  readonly dryRun: boolean;
  /** Whether nobody else uses the store: then what needs a condition elsewhere is removed without one. */
  readonly exclusive: boolean;
}

/** Removes a marker that leads to nothing any more, after all that it led to. */
export async function dropMarker(
  { storage, dryRun }: SweepSpace,
  { key }: Pick<Marker, 'key'>,
  removed: readonly SweptObject[] = [],
): Promise<Verdict> {
  if (!dryRun) await storage.delete(key);
  return { removed, settled: true };
}

/** Puts another marker in the place of one that has come too early. */
export async function moveMarker(
  { storage, dryRun }: SweepSpace,
  { key }: Pick<Marker, 'key'>,
  to: string,
  { removed = [], kept }: Partial<Verdict> = {},
): Promise<Verdict> {
  if (!dryRun) {
    // First the new one: in between two lead to the same, and never none.
    await storage.put(to, new Uint8Array(0));
    await storage.delete(key);
  }
  return { removed, kept, settled: true };
}

/** The marker stays where it is, and the next sweep comes by again. */
export function keepMarker(kept?: KeptObject): Verdict {
  return { removed: [], kept, settled: false };
}

/** Whose the object is, as it stands in a report. */
export function ownerOf({ storage }: SweepSpace, id: string | undefined): Pick<KeptObject, 'id' | 'namespace'> {
  const { namespace } = storage.environment.scope;
  return { ...(id !== undefined && { id }), ...(namespace !== undefined && { namespace }) };
}
