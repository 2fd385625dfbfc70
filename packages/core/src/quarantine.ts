import { freshName } from './environment.ts';
import { ArtifactError } from './errors.ts';
import type { FindingCode } from './finding.ts';
import { quarantineKey, recordKey } from './layout.ts';
import { tidy } from './markers.ts';
import { removeUnverified } from './delete.ts';
import { fetchRecord } from './read-record.ts';
import type { Transaction } from './transaction.ts';
import { problemOfRecord } from './verify-artifact.ts';

/**
 * Puts a record object of which `code` was found aside, byte for byte, so that its id can be used again. Gives the key it has now.
 * Nothing that a store does reads or removes it there.
 *
 * @throws `UNSUPPORTED` where nothing could be removed under a condition, `SUPERSEDED` when it was written meanwhile
 */
export async function quarantine(transaction: Transaction, code: FindingCode): Promise<string> {
  const { storage, environment, capabilities, id } = transaction;
  const { compareAndSwap, conditionalDelete } = capabilities;
  if (!compareAndSwap && !conditionalDelete) {
    throw new ArtifactError('UNSUPPORTED', 'repair needs a backend that can replace or delete under a condition', {
      field: 'repair',
      expected: 'compareAndSwap',
    });
  }
  const key = recordKey(id);
  const found = await fetchRecord(storage, id);
  // What was found was of an earlier read: a good record may have come since, and only the version read here is removed.
  if (found === undefined || (await problemOfRecord(environment, id, found)) !== code) throw changed(id);
  const body = await storage.open(key, { start: 0, end: found.info.size });
  if (body === undefined) throw changed(id);
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
