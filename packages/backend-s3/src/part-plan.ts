import { ArtifactError } from '@artifacts/core';

const MiB = 1024 * 1024;
const maxParts = 10_000;
/** How large a part is, unless the parts would be too many. */
export const usualPartBytes = 8 * MiB;
/** What the parts of one upload may take in memory, as long as they are not larger than that themselves. */
const bufferedBytes = 64 * MiB;

export interface PartPlan {
  readonly partBytes: number;
  readonly maxParts: number;
  readonly concurrency: number;
}

export interface PartPlanOptions {
  readonly size: number | undefined;
  readonly maxSize: number | undefined;
  readonly concurrency: number;
  readonly usualBytes: number;
}

/**
 * Into which parts a stream is cut. All but the last are of one size, as some servers demand; it is the usual one unless
 * the parts would be too many.
 *
 * @throws `TOO_LARGE` when `size` needs parts of more than 5 GiB
 */
export function planParts({ size, maxSize, concurrency, usualBytes }: PartPlanOptions): PartPlan {
  const most = size ?? maxSize ?? 0;
  const partBytes = Math.max(usualBytes, Math.ceil(most / maxParts / MiB) * MiB);
  if (size !== undefined && partBytes > 5 * 1024 * MiB)
    throw new ArtifactError('TOO_LARGE', `${size} bytes exceed limit of ${maxParts} parts`, { found: size });
  const fitting = Math.max(1, Math.floor(bufferedBytes / partBytes) - 1);
  return { partBytes, maxParts, concurrency: Math.min(concurrency, fitting) };
}
