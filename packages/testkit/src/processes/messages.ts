import type { ArtifactBackend, ErrorCode, ObjectInfo, ReadResult } from '@artifacts/core';

/** What a rule may do through a handle in another process. */
export type Contended = Pick<ArtifactBackend, 'write' | 'read' | 'delete'>;

/** The first request opens the handle, the others use it. `writeHalf` is answered once its body waits, for ever. */
export type Request =
  | { readonly call: 'open'; readonly module: string; readonly data: unknown }
  | { readonly call: 'write'; readonly args: Parameters<Contended['write']> }
  | { readonly call: 'read'; readonly args: Parameters<Contended['read']> }
  | { readonly call: 'delete'; readonly args: Parameters<Contended['delete']> }
  | { readonly call: 'writeHalf'; readonly key: string; readonly bytes: Uint8Array };

export interface Message {
  readonly id: number;
  readonly request: Request;
}

export interface Answer {
  readonly id: number;
  readonly result: { readonly value: unknown } | Failure;
}

/** An error on its way: what a rule looks at. */
export interface Failure {
  readonly code?: ErrorCode | undefined;
  readonly message: string;
  readonly retryable: boolean;
}

/** What was found, its body read. */
export type WholeResult =
  | Exclude<ReadResult, { status: 'found' }>
  | { readonly status: 'found'; readonly info: ObjectInfo; readonly body: Uint8Array | Failure };
