import { createHmac, createSecretKey, KeyObject, timingSafeEqual } from 'node:crypto';

import {
  bytesOfText,
  fingerprintOf,
  makeKey,
  refusedKey,
  requireUnguessable,
  type KeyMaterial,
} from './key-material.ts';
import { signingKey, type SigningKey } from './signing-key.ts';

const minKeyBytes = 32;

/**
 * HMAC-SHA256 (RFC 2104) with a secret of at least 32 bytes. Whoever can verify can also sign.
 *
 * @throws `CONFIGURATION` when the secret is short, guessable, or plain text
 */
export function hmac(secret: KeyMaterial): SigningKey {
  // A KeyObject, because util.inspect prints the bytes of a Buffer and never those of a KeyObject.
  const key = secretKey(secret);
  const sign = (message: Uint8Array): Uint8Array => createHmac('sha256', key).update(message).digest();
  return signingKey({
    fingerprints: [fingerprintOf(key)],
    sign,
    verify: (message, signature) => {
      const expected = sign(message);
      // timingSafeEqual throws on different lengths; the length of a MAC is no secret.
      return signature.length === expected.length && timingSafeEqual(signature, expected);
    },
  });
}

function secretKey(secret: KeyMaterial): KeyObject {
  const bytes = secretBytes(secret);
  if (bytes.length < minKeyBytes) {
    throw refusedKey(
      `a signing key needs at least ${minKeyBytes} bytes, this one has ${bytes.length}; make one with: ${makeKey}`,
    );
  }
  requireUnguessable(bytes, makeKey);
  return createSecretKey(bytes);
}

function secretBytes(secret: KeyMaterial): Uint8Array {
  if (secret instanceof KeyObject) {
    if (secret.type !== 'secret') throw refusedKey(`an HMAC key is a secret key, this KeyObject is ${secret.type}`);
    return secret.export();
  }
  if (secret instanceof Uint8Array) return secret;
  if (typeof secret !== 'string') throw refusedKey(`a signing key is missing; make one with: ${makeKey}`);
  return bytesOfText(secret, makeKey);
}
