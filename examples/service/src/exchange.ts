import type { IncomingMessage, ServerResponse } from 'node:http';

import type { ArtifactStore } from '@artifacts/core';

import type { RequestContext } from './authorize.ts';

/** One request that may be answered, and what it takes. */
export interface Exchange {
  readonly store: ArtifactStore;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly context: RequestContext;
  /** The artifact, or the prefix of a listing. */
  readonly id: string;
  readonly query: URLSearchParams;
  readonly now: () => number;
  /** Aborts when the service cannot wait any longer. */
  readonly signal: AbortSignal;
}
