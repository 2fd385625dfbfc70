import { generateKeyPairSync, randomBytes } from 'node:crypto';

import { rawPrivateKey, rawPublicKey } from './ed25519.ts';

/** A new secret for {@link hmac}: 32 random bytes as `base64:...`. */
export function generateKey(): string {
  return textOf(randomBytes(32));
}

/** A new pair for {@link ed25519}: the 32 bytes of each as `base64:...`. Only the public key may be shown to anybody. */
export function generateKeyPair(): { readonly privateKey: string; readonly publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { privateKey: textOf(rawPrivateKey(privateKey)), publicKey: textOf(rawPublicKey(publicKey)) };
}

function textOf(bytes: Uint8Array): string {
  return `base64:${Buffer.from(bytes).toString('base64')}`;
}
