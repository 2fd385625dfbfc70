import { createHmac, type KeyObject } from 'node:crypto';

import { configuration, type ArtifactError } from './errors.ts';

/** A key as bytes, as a `KeyObject`, or as text that says its encoding: `base64:...` or `hex:...`. */
export type KeyMaterial = Uint8Array | KeyObject | string;

const minDistinctBytes = 12;
const maxShownId = 32;

/** How a good key is made. Without its package, npx takes any package that has the command's name. */
export const makeKey = 'npx --package=@artifacts/core artifacts-keygen';
export const makeKeyPair = `${makeKey} --ed25519`;

/** Decodes `base64:...` or `hex:...` strictly. @throws `CONFIGURATION` */
export function bytesOfText(text: string, command: string): Uint8Array {
  if (text === '') {
    throw refusedKey(
      `a signing key is missing, its text is empty: set the variable it comes from, or make one with: ${command}`,
    );
  }
  const [, encoding, encoded] = /^(base64|hex):(.*)$/s.exec(text) ?? [];
  if (encoding === undefined || encoded === undefined) {
    throw refusedKey(`a signing key as text starts with "base64:" or "hex:"; make one with: ${command}`);
  }
  const bytes = Buffer.from(encoded, encoding as BufferEncoding);
  // Node decodes up to the first bad character; only what re-encodes to the same text was well-formed.
  if (bytes.toString(encoding as BufferEncoding) !== (encoding === 'hex' ? encoded.toLowerCase() : encoded)) {
    throw refusedKey(`the text after "${encoding}:" is not well-formed ${encoding}; make a key with: ${command}`);
  }
  return bytes;
}

/** @throws `CONFIGURATION` when the bytes were typed or left at a default rather than drawn at random */
export function requireUnguessable(bytes: Uint8Array, command: string): void {
  // Of 32 random bytes about 30 are distinct, and never are all of them printable: such a key was typed, not drawn.
  const typed = bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
  if (new Set(bytes).size < minDistinctBytes || typed || isCount(bytes)) {
    throw refusedKey(`a signing key must be drawn at random, this one is guessable; make one with: ${command}`);
  }
}

/** Whether each byte is as much more than the one before as any other: 00 01 02 ... is in every example. */
function isCount(bytes: Uint8Array): boolean {
  const steps = Array.from(bytes.subarray(1), (byte, at) => (byte - Number(bytes[at])) & 0xff);
  return new Set(steps).size <= 1;
}

/** Equal for bytes that are equal as keys of a MAC, and tells nothing else of them. */
export function fingerprintOf(bytes: Uint8Array | KeyObject): string {
  return createHmac('sha256', bytes).update('which key is this?').digest('base64');
}

/** How a message names a key. No secret fits in: one that stands where an id belongs is not shown. */
export function nameOf(keyid: string, position: number): string {
  return keyid.length <= maxShownId ? `key "${keyid}"` : `the key of entry ${position}`;
}

/** The refusal of one key of several. */
export function refusedKey(problem: string, cause?: unknown): ArtifactError {
  return configuration('keys', problem, cause);
}
