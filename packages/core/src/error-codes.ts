/**
 * What can go wrong, as stable codes. Programs act on the code and never on the message; adding a code is a minor
 * change, so a `switch` over codes needs a default branch.
 */
export type ErrorCode =
  /**
   * There is no artifact of this id.
   * - Retryable: no.
   * - Cause: it was never stored or was deleted, the id is spelled another way, or the store looks at another
   *   directory, bucket or prefix than the writer.
   * - Remedy: list with the start of the id as prefix. When nothing at all is listed, compare where both stores look.
   */
  | 'NOT_FOUND'
  /**
   * A create-only upload found an artifact of this id, or `saveTo` with `overwrite: false` a file at its path.
   * - Retryable: no.
   * - Cause: another writer was first, or an earlier attempt of the same one, whose answer was lost.
   * - Remedy: `revision` is that of the artifact that is there. When it is the one that an `OUTCOME_UNKNOWN` carried,
   *   the artifact is yours. Otherwise take another id, or upload without the condition.
   */
  | 'ALREADY_EXISTS'
  /**
   * The artifact is not the version that `ifGeneration` or `ifRevision` asks for.
   * - Retryable: no.
   * - Cause: somebody wrote or deleted it since it was read.
   * - Remedy: read it again, decide again, and repeat the call with what `found` says.
   */
  | 'PRECONDITION_FAILED'
  /**
   * An argument was refused, or the source of an upload failed. `field` names the argument. Nothing was changed.
   * - Retryable: no.
   * - Cause: a mistake in the call; with the field `source` what the source itself threw, as `cause`; with `sizeBytes`
   *   a range that starts past the end.
   * - Remedy: the message says what is accepted. A stream that failed must be opened anew by its owner.
   */
  | 'INVALID_ARGUMENT'
  /**
   * The content exceeds the limit of the store, or of the file system. Nothing was stored.
   * - Retryable: no.
   * - Cause: more than `maxSizeBytes`, which is 100 MiB unless the store was given another limit. `expected` has the
   *   limit.
   * - Remedy: raise `maxSizeBytes`, or refuse the content earlier.
   */
  | 'TOO_LARGE'
  /**
   * There is no room: the quota is used up, or the medium is full. Nothing was changed.
   * - Retryable: no.
   * - Cause: the store's own quota, that of the system's user, or a full disk.
   * - Remedy: make room, or raise the quota. Try again where the error itself is `retryable`: then others hold room that they may
   *   give back.
   */
  | 'QUOTA_EXCEEDED'
  /**
   * The artifact's `expiresAt` has passed, so that reads of it are refused. `found` has the time.
   * - Retryable: no.
   * - Cause: it was stored with `expiresAt` or `ttlMs`, or the clock of this machine is ahead.
   * - Remedy: upload it anew. `getMetadata` still gives its record.
   */
  | 'EXPIRED'
  /**
   * The artifact must stay as it is for now.
   * - Retryable: no.
   * - Cause: a hold, or a `retainUntil` in the future, which can never be shortened.
   * - Remedy: lift the hold by an update with `hold: false`, or wait for the time that the message tells.
   */
  | 'RETAINED'
  /**
   * The signature does not belong to the record that it stands over, or the record cannot be read as one.
   * - Retryable: no.
   * - Cause: the record was changed in storage, or its key id stands for one secret here and for another at the writer.
   * - Remedy: compare the key of the id in the message with the writer's. If they are the same, somebody changed the
   *   storage: restore the record, or remove it with `delete(id, { unverified: true })` and upload the artifact anew.
   */
  | 'SIGNATURE_INVALID'
  /**
   * The signature is of a key that this store does not hold.
   * - Retryable: no.
   * - Cause: the writer signs with a newer key, an old key was dropped from the keyring while records still need it, or
   *   the record is not of this store.
   * - Remedy: add the key under the id that the message tells, as `verifyOnly` when it should not sign.
   */
  | 'UNKNOWN_KEY'
  /**
   * Only revoked keys signed the record.
   * - Retryable: no.
   * - Cause: it was signed before its key was revoked, and never again since.
   * - Remedy: remove it with `delete(id, { unverified: true })` and upload it anew from where it came. To make the key
   *   `verifyOnly` again is to trust all that it signed.
   */
  | 'KEY_REVOKED'
  /**
   * Something fails its integrity check: content or a record is not what was stored under this id, or the source of an
   * upload not what was expected.
   * - Retryable: no.
   * - Cause: content that was damaged or changed in storage; a record that was copied from another id, namespace or
   *   audience; a source that is not the `expectedSha256` of its upload.
   * - Remedy: the message says which. Upload damaged content anew; a record that does not verify has to be removed
   *   first, with `delete(id, { unverified: true })`. Find out who can write to the storage.
   */
  | 'INTEGRITY'
  /**
   * The artifact is of an older generation than the caller has seen. `expected` and `found` have both.
   * - Retryable: no.
   * - Cause: somebody put an older state of the storage back, or the artifact was deleted and created again, which
   *   begins with 1.
   * - Remedy: find out which of them it was before you lower `minGeneration`.
   */
  | 'ROLLBACK_DETECTED'
  /**
   * The artifact was changed by somebody else meanwhile.
   * - Retryable: yes.
   * - Cause: the version being read was replaced, or a write lost to other writers several times in a row.
   * - Remedy: start over: download it again and read it from its start, or repeat the write after a pause.
   */
  | 'SUPERSEDED'
  /**
   * The storage, or the file system, refuses access. Nothing was changed.
   * - Retryable: no.
   * - Cause: owner and mode of a directory, a read-only file system, or credentials that lack a permission.
   * - Remedy: repair the rights; `cause` has the answer of the system. `ready()` shows it when a process starts.
   */
  | 'ACCESS_DENIED'
  /**
   * The storage could not do it, for a reason that passes. It was tried several times.
   * - Retryable: yes.
   * - Cause: a connection that broke, a server that is busy, or a process that is out of descriptors or memory. With the field
   *   `audit` the required audit trail, which did not take the beginning of the operation.
   * - Remedy: try again later, with a growing pause. Do less at once when `cause` is `EMFILE`.
   */
  | 'UNAVAILABLE'
  /**
   * It took too long.
   * - Retryable: yes.
   * - Cause: the operation needed longer than `timeoutMs`, or the storage or the source made no progress for
   *   `idleTimeoutMs`.
   * - Remedy: the message says which. Raise the limit that is too short, or look after whoever stalled.
   */
  | 'TIMEOUT'
  /**
   * It cannot be known whether the change was made.
   * - Retryable: yes.
   * - Cause: the answer of the storage was lost, and reading back did not decide it.
   * - Remedy: make the same call again: it converges on one version. Or compare the error's `revision` with
   *   `getMetadata`.
   */
  | 'OUTCOME_UNKNOWN'
  /**
   * It was done, and stands, but the required audit trail lacks its end. The trail has its beginning.
   * - Retryable: no.
   * - Cause: what was given as the store's `audit` failed, or did not answer, after the operation had succeeded; `cause` has its
   *   error.
   * - Remedy: do not repeat the call. Repair the trail: until then every operation is refused with `UNAVAILABLE`, before it does
   *   anything. `getMetadata` then tells what was stored.
   */
  | 'AUDIT_INCOMPLETE'
  /**
   * The backend, or this release, cannot do what the call needs. Nothing was changed.
   * - Retryable: no.
   * - Cause: a condition, a hold or retention on a backend that does not claim the capability in `expected`, or a
   *   record of a newer release.
   * - Remedy: leave the option out, choose a backend that claims the capability, or use a newer release.
   */
  | 'UNSUPPORTED'
  /**
   * The store, a keyring or a backend was set up in a way that cannot work. `field` names the option.
   * - Retryable: no.
   * - Cause: a missing, short or guessable key, a missing audience, a directory that others may write to, a clock that
   *   is off, a store that was closed.
   * - Remedy: the message says what to give, or which command repairs it. `ready()` reports all problems at once.
   */
  | 'CONFIGURATION'
  /**
   * The metadata is not what the store's schema allows.
   * - Retryable: no.
   * - Cause: on an upload the caller's metadata; on a read metadata that was stored under another schema.
   * - Remedy: give what the schema allows, or widen the schema to what was stored.
   */
  | 'METADATA_INVALID'
  /**
   * The storage failed in a way that nothing here has a name for.
   * - Retryable: no.
   * - Cause: a fault of the medium, or of a backend. `cause` has the original error.
   * - Remedy: look after the medium by what `cause` says.
   */
  | 'BACKEND';

// A record, so that a new code fails to compile here until it is decided.
const retryable: Readonly<Record<ErrorCode, boolean>> = {
  NOT_FOUND: false,
  ALREADY_EXISTS: false,
  PRECONDITION_FAILED: false,
  INVALID_ARGUMENT: false,
  TOO_LARGE: false,
  QUOTA_EXCEEDED: false,
  EXPIRED: false,
  RETAINED: false,
  SIGNATURE_INVALID: false,
  UNKNOWN_KEY: false,
  KEY_REVOKED: false,
  INTEGRITY: false,
  ROLLBACK_DETECTED: false,
  SUPERSEDED: true,
  ACCESS_DENIED: false,
  UNAVAILABLE: true,
  TIMEOUT: true,
  OUTCOME_UNKNOWN: true,
  AUDIT_INCOMPLETE: false,
  UNSUPPORTED: false,
  CONFIGURATION: false,
  METADATA_INVALID: false,
  BACKEND: false,
};

/** Whether this release knows the code: one from another copy of this package may be newer. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(retryable, code);
}

/** Whether the same call may succeed when made again after this code. */
export function isRetryable(code: string): boolean {
  return isErrorCode(code) && retryable[code];
}
