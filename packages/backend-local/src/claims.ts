import { randomBytes } from 'node:crypto';

import { livenessOf, thisProcess, type Liveness } from './processes.ts';

/**
 * The names of what exists only while somebody works: staging files, backups, lock tokens. A name says which process
 * made it, and is never used twice, so whoever finds one can tell whether it is still needed, and "remove the one of
 * that name" can never hit another.
 */
export type Claim = string;

const claimPattern = /^(\d+)-(\d*)-([0-9a-f]*)-(\d*)-([0-9a-f]{16})-(\d+)$/;

// One set for all backends of this process: it answers for its own claims, and nobody else can.
const instance = randomBytes(8).toString('hex');
const held = new Set<Claim>();
let count = 0;

/** A new name, in use until {@link dropClaim}. */
export function newClaim(): Claim {
  const { pid, started, boot, namespace } = thisProcess();
  count += 1;
  const claim = `${pid}-${started}-${boot}-${namespace}-${instance}-${count}`;
  held.add(claim);
  return claim;
}

/** Whatever bears this name is no longer needed, whether or not it could be removed. */
export function dropClaim(claim: Claim): void {
  held.delete(claim);
}

/** Whether what bears this name may still be needed; `undefined` when the name is none of ours. */
export function claimLiveness(name: string): Liveness | undefined {
  const [, pid, started, boot, namespace, maker] = claimPattern.exec(name) ?? [];
  if (pid === undefined || started === undefined || boot === undefined || namespace === undefined) return undefined;
  if (maker === instance) return held.has(name) ? 'alive' : 'dead';
  return livenessOf({ pid: Number(pid), started, boot, namespace });
}
