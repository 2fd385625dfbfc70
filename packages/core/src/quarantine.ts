import { freshName } from './environment.ts';
import { ArtifactError } from './errors.ts';
import { quarantineKey, recordKey } from './layout.ts';
import { tidy } from './markers.ts';
import { removeUnverified } from './delete.ts';
import type { Transaction } from './transaction.ts';

/**
 * Puts a record object that does not verify aside, byte for byte, so that its id can be used again. Gives the key it has now. Nothing
 * that a store does reads or removes it there.
 *
 * @throws `UNSUPPORTED` where nothing could be removed under a condition, `SUPERSEDED` when it was written meanwhile
 */
export async function quarantine(transaction: Transaction): Promise<string> {
  const { storage, environment, capabilities, id } = transaction;
  const { compareAndSwap, conditionalDelete } = capabilities;
  if (!compareAndSwap && !conditionalDelete) {
    throw new ArtifactError('UNSUPPORTED', 'repair needs a backend that can replace or delete under a condition', {
      field: 'repair',
      expected: 'compareAndSwap',
    });
  }
  const key = recordKey(id);
  const found = await storage.get(key, 0);
  const body = found && (await storage.open(key, { start: 0, end: found.info.size }));
  if (found === undefined || body === undefined) throw changed(id);
  const aside = quarantineKey(freshName(environment), key);
  const { size } = found.info;
  try {
    await storage.stream(aside, () => body, { size });
  } catch (error) {
    await tidy(storage, [aside]);
    throw error;
  }
  // Removed by the version that was looked at before: if that is still there, it is what was read in between. Where it cannot be
  // known whether it is gone, the copy stays.
  if ((await removeUnverified(transaction, found.info)) === true) return aside;
  await tidy(storage, [aside]);
  throw changed(id);
}

function changed(id: string): ArtifactError {
  return new ArtifactError('SUPERSEDED', `artifact "${id}" was changed while it was repaired: verify it again`, {
    artifactId: id,
  });
}
