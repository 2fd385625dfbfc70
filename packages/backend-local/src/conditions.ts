import { ArtifactError, type WriteCondition } from '@artifacts/core';

/**
 * @throws `PRECONDITION_FAILED` when the version present, `undefined` for none, is not the one the condition asks for
 */
export function assertHolds(key: string, condition: WriteCondition | undefined, present: string | undefined): void {
  if (condition === undefined) return;
  const expected = 'absent' in condition ? undefined : condition.version;
  if (present === expected) return;
  throw new ArtifactError('PRECONDITION_FAILED', `the object at "${key}" is not the one the condition asks for`, {
    expected: expected ?? 'absent',
    found: present ?? 'absent',
  });
}
