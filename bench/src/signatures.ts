import {
  createHmac,
  createSecretKey,
  generateKeyPairSync,
  sign as signWith,
  timingSafeEqual,
  verify as verifyWith,
} from 'node:crypto';

import type { KeyProvider } from '@artifacts/core';

import { hmacSecret } from './store.ts';

/** One way to sign, with one key. */
export interface Signatures {
  readonly sign: (message: Uint8Array) => Uint8Array;
  readonly verify: (message: Uint8Array, signature: Uint8Array) => boolean;
}

const secret = createSecretKey(hmacSecret);
const mac = (message: Uint8Array): Buffer => createHmac('sha256', secret).update(message).digest();

export const hmacSha256: Signatures = {
  sign: mac,
  verify: (message, signature) => timingSafeEqual(mac(message), signature),
};

const pair = generateKeyPairSync('ed25519');

export const ed25519: Signatures = {
  sign: (message) => signWith(null, message, pair.privateKey),
  verify: (message, signature) => verifyWith(null, message, pair.publicKey, signature),
};

/** A store's keys, of one key. */
export function keysOf({ sign, verify }: Signatures): KeyProvider {
  const keyid = 'bench';
  const verifier = { keyid, revoked: false, verify };
  return { active: () => ({ keyid, sign }), find: (asked) => (asked === keyid ? verifier : undefined) };
}
