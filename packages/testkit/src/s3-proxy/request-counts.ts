import type { S3Request, S3RequestKind } from './s3-request.ts';

/** How many requests came, since the start or the last `clear`. One that a fault kept from the server counts, too. */
export interface S3RequestCounts {
  readonly total: number;
  /** Only what came has an entry. */
  readonly byKind: Readonly<Partial<Record<S3RequestKind, number>>>;
  /** Only what came has an entry. */
  readonly byMethod: Readonly<Record<string, number>>;
}

export const noRequests: S3RequestCounts = { total: 0, byKind: {}, byMethod: {} };

export function withRequest(
  { total, byKind, byMethod }: S3RequestCounts,
  { kind, method }: S3Request,
): S3RequestCounts {
  return {
    total: total + 1,
    byKind: { ...byKind, [kind]: (byKind[kind] ?? 0) + 1 },
    byMethod: { ...byMethod, [method]: (byMethod[method] ?? 0) + 1 },
  };
}
