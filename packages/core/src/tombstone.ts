import { freshName, type Environment } from './environment.ts';
import { sealRecord, type ArtifactRecord, type SealedRecord, type Tombstone } from './record.ts';

const noTail = new Uint8Array(0);

/**
 * The signed statement that `record` was deleted. It takes the record's place, so that a create whose answer was lost
 * cannot, when it is sent again, bring the artifact back.
 */
export function sealTombstone(
  environment: Environment,
  record: Pick<ArtifactRecord, 'id' | 'generation' | 'revision'>,
  own: string = freshName(environment),
): Promise<SealedRecord<Tombstone>> {
  const { id, generation, revision } = record;
  const tombstone: Tombstone = {
    id,
    generation,
    revision: own,
    replaces: revision,
    createdAt: environment.now(),
    deleted: true,
  };
  return sealRecord(environment.keys, environment.scope, tombstone, noTail);
}
