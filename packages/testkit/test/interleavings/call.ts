import type { ErrorCode, WriteCondition } from '@artifacts/core';

/** Bytes as they lie under a key. Equal bytes are one object with one version, as with an ETag. */
export interface StoredBytes {
  readonly version: string;
  readonly bytes: Uint8Array;
}

/** One storage call of an operation, complete: a streamed body has already been read. */
export type Call =
  | { readonly kind: 'write'; readonly key: string; readonly bytes: Uint8Array; readonly condition?: WriteCondition }
  | { readonly kind: 'read'; readonly key: string }
  | { readonly kind: 'delete'; readonly key: string; readonly condition?: { readonly version: string } }
  | { readonly kind: 'list'; readonly prefix: string };

/** What the storage says to a call. `found` is the whole object, whatever range was asked for. */
export type Answer =
  | { readonly kind: 'written'; readonly object: StoredBytes }
  | { readonly kind: 'found'; readonly object: StoredBytes }
  | { readonly kind: 'absent' }
  | { readonly kind: 'deleted' }
  | { readonly kind: 'listed'; readonly objects: readonly (readonly [key: string, object: StoredBytes])[] }
  | { readonly kind: 'failed'; readonly code: ErrorCode };

/** Equal for equal answers: it decides whether an operation goes on the same way. */
export function labelOf(answer: Answer): string {
  if (answer.kind === 'failed') return answer.code;
  if (answer.kind === 'absent' || answer.kind === 'deleted') return answer.kind;
  if (answer.kind !== 'listed') return `${answer.kind} ${answer.object.version}`;
  return `listed ${answer.objects.map(([key, { version }]) => `${key}@${version}`).join(' ')}`;
}
