import { isUtf8 } from 'node:buffer';

import { ArtifactError } from './errors.ts';

/** DSSE: Dead Simple Signing Envelope, https://github.com/secure-systems-lab/dsse/blob/master/envelope.md */
export interface Envelope {
  readonly payloadType: string;
  readonly payload: Uint8Array;
  readonly signatures: readonly EnvelopeSignature[];
}

interface EnvelopeSignature {
  readonly keyid: string;
  readonly sig: Uint8Array;
}

/** The longest envelope, in bytes and without its newline. */
export const maxEnvelopeBytes = 32 * 1024;
export const maxSignatures = 4;
export const maxKeyidBytes = 128;

/** DSSE's pre-authentication encoding: what is really signed. Lengths stand before the parts, so no two inputs share one. */
export function preAuthenticationEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

/** The envelope as one line of JSON, without the newline. */
export function encodeEnvelope({ payloadType, payload, signatures }: Envelope): Uint8Array {
  return Buffer.from(
    JSON.stringify({
      payloadType,
      payload: base64(payload),
      signatures: signatures.map(({ keyid, sig }) => ({ keyid, sig: base64(sig) })),
    }),
  );
}

/**
 * Reads a line that may have been forged: everything that is not exactly an envelope is refused, unknown members,
 * duplicate ones and lenient base64 included.
 *
 * @throws `SIGNATURE_INVALID`
 */
export function decodeEnvelope(line: Uint8Array): Envelope {
  const { payloadType, payload, signatures, ...unknown } = objectOf(parseExact(line));
  if (Object.keys(unknown).length > 0) throw malformed('has unknown members');
  if (typeof payloadType !== 'string') throw malformed('has no payloadType');
  if (!Array.isArray(signatures) || signatures.length === 0 || signatures.length > maxSignatures) {
    throw malformed(`needs 1 to ${maxSignatures} signatures`);
  }
  return { payloadType, payload: strictBase64(payload), signatures: signatures.map(decodeSignature) };
}

function decodeSignature(value: unknown): EnvelopeSignature {
  const { keyid, sig, ...unknown } = objectOf(value);
  if (Object.keys(unknown).length > 0 || typeof keyid !== 'string') throw malformed('has a malformed signature');
  if (Buffer.byteLength(keyid) > maxKeyidBytes) throw malformed(`has a key id longer than ${maxKeyidBytes} bytes`);
  return { keyid, sig: strictBase64(sig) };
}

/** JSON that is exactly `JSON.stringify` of what it means: no second spelling, no duplicate member can hide in it. */
export function parseExact(bytes: Uint8Array): unknown {
  try {
    const text = isUtf8(bytes) ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString() : '';
    const value: unknown = JSON.parse(text);
    if (JSON.stringify(value) === text) return value;
  } catch {
    // Without its cause: what the parser says quotes the text, and a record that was cut may begin with content.
    throw malformed('is not JSON');
  }
  throw malformed('is not in the one spelling that is written');
}

function objectOf(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('is not an object');
  return value as Record<string, unknown>;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function strictBase64(value: unknown): Uint8Array {
  if (typeof value !== 'string') throw malformed('has no base64 where it needs it');
  const bytes = Buffer.from(value, 'base64');
  // Node skips what is not base64; only what re-encodes to the same text was base64.
  if (base64(bytes) !== value) throw malformed('has lenient base64');
  return bytes;
}

function malformed(problem: string): ArtifactError {
  return new ArtifactError('SIGNATURE_INVALID', `signature cannot be checked: the record's envelope ${problem}`);
}
