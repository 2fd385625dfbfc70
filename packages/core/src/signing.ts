import { types } from 'node:util';

import { ArtifactError, configuration } from './errors.ts';
import {
  decodeEnvelope,
  encodeEnvelope,
  maxEnvelopeBytes,
  maxKeyidBytes,
  maxSignatures,
  preAuthenticationEncoding,
} from './envelope.ts';

/** Makes signatures with one key. */
export interface Signer {
  /** 1 to 128 bytes of UTF-8. Written beside each signature; only a hint, so it need not be secret or unguessable. */
  readonly keyid: string;
  sign(message: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** Checks signatures of one key. The key decides the algorithm; a record never does. */
export interface Verifier {
  readonly keyid: string;
  /** A revoked key proves nothing: it is known, but never tried. */
  readonly revoked: boolean;
  /** Compares in constant time where the algorithm compares. Never throws on a malformed signature. */
  verify(message: Uint8Array, signature: Uint8Array): boolean | Promise<boolean>;
}

/** Where a reader finds its keys. */
export interface VerificationKeys {
  /**
   * The key of this id, or `undefined` when there is none. An id must never stand for another key than it once did: records that
   * verified are remembered by the id of their key, and are not verified again while it is known and not revoked. Is never asked for
   * an empty id or one of more than 128 bytes; all else may come from a forged record.
   *
   * What is no verifier, or a verdict that is no boolean, fails the operation with `CONFIGURATION`; throwing does with `UNAVAILABLE`,
   * unless it is an `ArtifactError`.
   */
  find(keyid: string): Verifier | undefined | Promise<Verifier | undefined>;
}

/** Where a store finds its keys. */
export interface KeyProvider extends VerificationKeys {
  /**
   * The key that signs now, or up to four that all sign. Metadata name the first as their `keyId`. What is no signer, or a signature
   * of no bytes, fails the operation with `CONFIGURATION`; throwing does with `UNAVAILABLE`, unless it is an `ArtifactError`.
   */
  active(): Signer | readonly Signer[] | Promise<Signer | readonly Signer[]>;
}

/** A payload that a trusted key signed, as the very bytes that were signed. */
export interface Verified {
  readonly payloadType: string;
  readonly payload: Uint8Array;
  readonly keyId: string;
  /** Base64. */
  readonly signature: string;
}

/** A signed line of JSON, without its newline, and who signed it. */
export interface SignedLine {
  readonly line: Uint8Array;
  readonly keyId: string;
  /** Base64. */
  readonly signature: string;
}

/** Signs `payload` with every active key. The first is named as the one who signed. */
export async function signPayload(
  keys: KeyProvider,
  payloadType: string,
  payload: Uint8Array,
  maxBytes: number = maxEnvelopeBytes,
): Promise<SignedLine> {
  const [signer, ...others] = signersOf(await keys.active());
  const message = preAuthenticationEncoding(payloadType, payload);
  const signatureOf = async (by: Signer) => ({ keyid: by.keyid, sig: requireSignature(await by.sign(message)) });
  const signatures = await Promise.all([signatureOf(signer), ...others.map(signatureOf)] as const);
  const line = encodeEnvelope({ payloadType, payload, signatures });
  if (line.length > maxBytes) {
    const bytes = signatures.reduce((sum, { sig }) => sum + sig.length, 0);
    throw unusable(`signatures of ${bytes} bytes make the record too long`);
  }
  const [{ keyid, sig }] = signatures;
  return { line, keyId: keyid, signature: Buffer.from(sig).toString('base64') };
}

/**
 * What {@link KeyProvider.active} gave, as a list. No form of it is taken for granted: a provider is the caller's own.
 *
 * @throws `CONFIGURATION` with the field `signing`
 */
export function signersOf(active: unknown): readonly [Signer, ...Signer[]] {
  const signers: readonly unknown[] = Array.isArray(active) ? [...active] : [active];
  if (signers.length === 0 || signers.length > maxSignatures) {
    throw unusable(`there are ${signers.length} of them, not 1 to ${maxSignatures}`);
  }
  if (!signers.every(isSigner)) throw unusable('one of them is not a signer, which has a keyid and a method sign');
  if (signers.some(({ keyid }) => keyid.length === 0 || Buffer.byteLength(keyid) > maxKeyidBytes)) {
    throw unusable(`a key id is not 1 to ${maxKeyidBytes} bytes long`);
  }
  if (new Set(signers.map(({ keyid }) => keyid)).size < signers.length) throw unusable('a key id is there twice');
  return signers as readonly [Signer, ...Signer[]];
}

function isSigner(value: unknown): value is Signer {
  const { keyid, sign } = Object(value) as { readonly [Name in keyof Signer]: unknown };
  return typeof keyid === 'string' && typeof sign === 'function';
}

function requireSignature(sig: unknown): Uint8Array {
  if (types.isUint8Array(sig) && sig.length > 0) return sig;
  throw unusable('a signature is not a Uint8Array of 1 byte or more');
}

function unusable(problem: string): ArtifactError {
  return configuration('signing', `the active keys cannot sign records: ${problem}`);
}

/**
 * Opens a signed line (format: Verification order, steps 2 to 5). One signature of a trusted key suffices.
 *
 * @throws `SIGNATURE_INVALID`, `UNKNOWN_KEY` when no signature names a known key, `KEY_REVOKED` when all known ones are revoked
 */
export async function verifyLine(
  keys: VerificationKeys,
  payloadTypes: readonly string[],
  line: Uint8Array,
): Promise<Verified> {
  const { payloadType, payload, signatures } = decodeEnvelope(line);
  if (!payloadTypes.includes(payloadType)) {
    throw new ArtifactError('SIGNATURE_INVALID', 'signature is over a payload type that does not belong here');
  }
  const message = preAuthenticationEncoding(payloadType, payload);
  let keyId: string | undefined;
  let known = 0;
  let revoked = 0;
  for (const { keyid, sig } of signatures) {
    // An empty id is well-formed and no key's: a provider is never asked for it.
    const key = keyid === '' ? undefined : await keys.find(keyid);
    if (key === undefined) continue;
    keyId = keyid;
    known += 1;
    if (key.revoked) revoked += 1;
    else if (await key.verify(message, sig)) {
      return { payloadType, payload, keyId: keyid, signature: Buffer.from(sig).toString('base64') };
    }
  }
  const named = signatures.map(({ keyid }) => JSON.stringify(keyid)).join(', ');
  if (known === 0)
    throw new ArtifactError('UNKNOWN_KEY', `signature is of a key that the keyring does not hold: ${named}`);
  if (known === revoked) throw new ArtifactError('KEY_REVOKED', `signature is of a revoked key: ${named}`, { keyId });
  throw new ArtifactError('SIGNATURE_INVALID', `signature does not verify with key ${named}`, { keyId });
}
