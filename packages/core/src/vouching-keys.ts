import { decodeEnvelope, preAuthenticationEncoding } from './envelope.ts';
import type { VerificationKeys } from './signing.ts';

/** The signatures of a line that verified. */
export interface Vouchers {
  /** Key ids that the line names. */
  readonly named: readonly string[];
  /** Those whose key is trusted and whose signature is good. */
  readonly good: readonly string[];
}

/** Whether exactly these keys have signed it, and nothing is wrong with any of their signatures. */
export function isVouchedForBy({ named, good }: Vouchers, keyIds: ReadonlySet<string>): boolean {
  return good.length === named.length && isSame(new Set(named), keyIds);
}

export function isSame(some: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  return some.size === others.size && [...some].every((keyId) => others.has(keyId));
}

/** Who vouches for a signed line: reading is content with one good signature, here each is looked at. */
export async function vouchersOf(keys: VerificationKeys, line: Uint8Array): Promise<Vouchers> {
  const { payloadType, payload, signatures } = decodeEnvelope(line);
  const message = preAuthenticationEncoding(payloadType, payload);
  const good = new Set<string>();
  for (const { keyid, sig } of signatures) {
    const key = keyid === '' ? undefined : await keys.find(keyid);
    if (key !== undefined && !key.revoked && (await key.verify(message, sig))) good.add(keyid);
  }
  return { named: signatures.map(({ keyid }) => keyid), good: [...good] };
}
