import { Lifetime } from './abort.ts';
import { boundedKeys } from './bounded-keys.ts';
import { configuration, invalidArgument } from './errors.ts';
import { signPayload, verifyLine, type KeyProvider, type VerificationKeys } from './signing.ts';

const timeoutMs = 60_000;

/** What a trusted key signed, as the very bytes that were signed, and the id of that key. */
export interface VerifiedPayload {
  readonly payload: Uint8Array;
  readonly keyId: string;
}

/**
 * Signs a statement of one's own with the keys of a store, and gives it as one line of JSON without its newline, a DSSE envelope.
 * `payloadType` says what it is, and must be nobody else's: a signature counts only where that very type is expected. At most some
 * 20 KiB of payload.
 *
 * @throws `INVALID_ARGUMENT` for a type of the store's own, `CONFIGURATION`, `UNAVAILABLE` or `TIMEOUT` when the keys cannot sign
 */
export async function signLine(
  keys: KeyProvider,
  payloadType: string,
  payload: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  // What signs for a caller must never sign a record, a ledger or a manifest.
  if (/^application\/vnd\.artifacts\.(record|tombstone|ledger|manifest)\b/i.test(payloadType))
    throw invalidArgument('payloadType', `payloadType ${payloadType} is the store's own: name another`);
  return within(keys, async (answering) => Buffer.from((await signPayload(answering, payloadType, payload)).line));
}

/**
 * Proves that a trusted key signed this line, as a statement of this type.
 *
 * @throws `SIGNATURE_INVALID`, `UNKNOWN_KEY`, `KEY_REVOKED`; `CONFIGURATION`, `UNAVAILABLE` or `TIMEOUT` when the keys do not answer
 */
export async function verifySignedLine(
  keys: VerificationKeys,
  payloadType: string,
  line: Uint8Array,
): Promise<VerifiedPayload> {
  const verifying: KeyProvider = {
    find: (keyid) => keys.find(keyid),
    active: () => Promise.reject(configuration('signing', 'these keys do not sign')),
  };
  const { payload, keyId } = await within(verifying, (answering) => verifyLine(answering, [payloadType], line));
  return { payload, keyId };
}

async function within<T>(keys: KeyProvider, work: (answering: KeyProvider) => Promise<T>): Promise<T> {
  const lifetime = new Lifetime(undefined, timeoutMs, 'the signing keys');
  try {
    return await work(boundedKeys(keys, lifetime, timeoutMs));
  } finally {
    lifetime.end();
  }
}
