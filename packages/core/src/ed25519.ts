import { createPrivateKey, createPublicKey, KeyObject, sign, verify } from 'node:crypto';

import {
  bytesOfText,
  fingerprintOf,
  makeKeyPair,
  refusedKey,
  requireUnguessable,
  type KeyMaterial,
} from './key-material.ts';
import { problemOfPublicKey } from './public-key.ts';
import { signingKey, type SigningKey } from './signing-key.ts';

/**
 * One of the two: a `KeyObject`, PEM text (PKCS#8 or SPKI), or 32 bytes (RFC 8032, 5.1.5), raw or as text that says its
 * encoding, before which `ed25519:` may stand for a private key and `ed25519-public:` for a public one.
 */
export type Ed25519Material =
  | { readonly privateKey: KeyMaterial; readonly publicKey?: undefined }
  | { readonly publicKey: KeyMaterial; readonly privateKey?: undefined };

type Kind = 'private' | 'public';

const keyBytes = 32;
const prefix = { private: 'ed25519:', public: 'ed25519-public:' };
// What stands before the 32 bytes in PKCS#8 and in SPKI (RFC 8410, 7 and 4).
const derHead = {
  private: Buffer.from('302e020100300506032b657004220420', 'hex'),
  public: Buffer.from('302a300506032b6570032100', 'hex'),
};

/**
 * Ed25519 (RFC 8032). Whoever has the public key can verify but not sign, so a public key alone is `verify-only`.
 *
 * @throws `CONFIGURATION` when it is not an Ed25519 key of its kind, or is guessable, well-known or of small order
 */
export function ed25519({ privateKey, publicKey }: Ed25519Material): SigningKey {
  if (privateKey !== undefined && publicKey !== undefined) {
    throw refusedKey('an Ed25519 key is its private or its public key, not both: the private one suffices');
  }
  return privateKey === undefined
    ? ofPublicKey(keyObject('public', publicKey))
    : ofPrivateKey(keyObject('private', privateKey));
}

function ofPrivateKey(key: KeyObject): SigningKey {
  const seed = rawPrivateKey(key);
  requireUnguessable(seed, makeKeyPair);
  const publicKey = createPublicKey(key);
  return signingKey({
    fingerprints: [fingerprintOfPublic(publicKey), fingerprintOf(seed)],
    sign: (message) => sign(null, message, key),
    verify: (message, signature) => verify(null, message, publicKey, signature),
  });
}

function ofPublicKey(key: KeyObject): SigningKey {
  return signingKey({
    fingerprints: [fingerprintOfPublic(key)],
    verify: (message, signature) => verify(null, message, key, signature),
  });
}

/** The 32 bytes of a private key. */
export function rawPrivateKey(key: KeyObject): Uint8Array {
  return key.export({ format: 'der', type: 'pkcs8' }).subarray(derHead.private.length);
}

/** The 32 bytes of a public key. */
export function rawPublicKey(key: KeyObject): Uint8Array {
  return key.export({ format: 'der', type: 'spki' }).subarray(derHead.public.length);
}

function fingerprintOfPublic(key: KeyObject): string {
  const bytes = rawPublicKey(key);
  const problem = problemOfPublicKey(bytes);
  if (problem !== undefined) throw refusedKey(`an Ed25519 public key ${problem}; make a pair with: ${makeKeyPair}`);
  return fingerprintOf(bytes);
}

function keyObject(kind: Kind, material: KeyMaterial | undefined): KeyObject {
  const key = material instanceof KeyObject ? material : decoded(kind, material);
  if (key.type !== kind) {
    throw refusedKey(`an Ed25519 ${kind} key was asked for, this KeyObject is ${key.type}`);
  }
  if (key.asymmetricKeyType !== 'ed25519') {
    throw refusedKey(
      `an Ed25519 key was asked for, this one is ${key.asymmetricKeyType}; make a pair with: ${makeKeyPair}`,
    );
  }
  return key;
}

function decoded(kind: Kind, material: Uint8Array | string | undefined): KeyObject {
  if (typeof material === 'string' && material.trimStart().startsWith('-----BEGIN '))
    return ofPem(kind, material.trim());
  const bytes = typeof material === 'string' ? bytesOfText(withoutPrefix(kind, material), makeKeyPair) : material;
  if (!(bytes instanceof Uint8Array)) {
    throw refusedKey(
      `an Ed25519 key is missing: give its privateKey or its publicKey; make a pair with: ${makeKeyPair}`,
    );
  }
  if (bytes.length !== keyBytes) {
    throw refusedKey(
      `an Ed25519 ${kind} key has ${keyBytes} bytes, this one has ${bytes.length}: give those, or PEM as text; make a pair with: ${makeKeyPair}`,
    );
  }
  const key = Buffer.concat([derHead[kind], bytes]);
  return kind === 'private'
    ? createPrivateKey({ key, format: 'der', type: 'pkcs8' })
    : createPublicKey({ key, format: 'der', type: 'spki' });
}

function withoutPrefix(kind: Kind, text: string): string {
  const other = kind === 'private' ? 'public' : 'private';
  if (text.startsWith(prefix[other])) {
    throw refusedKey(
      `an Ed25519 ${kind} key was asked for, this text is of a ${other} one: give the text that begins with "${prefix[kind]}"`,
    );
  }
  return text.startsWith(prefix[kind]) ? text.slice(prefix[kind].length) : text;
}

function ofPem(kind: Kind, key: string): KeyObject {
  const label = `-----BEGIN ${kind.toUpperCase()} KEY-----`;
  // Asked first, because Node makes a public key of a private one without a word.
  if (!key.startsWith(label))
    throw refusedKey(
      `the PEM text of an Ed25519 ${kind} key begins with "${label}": give it in that form, not encrypted`,
    );
  try {
    return kind === 'private' ? createPrivateKey(key) : createPublicKey(key);
  } catch (cause) {
    throw refusedKey(
      `the PEM text of an Ed25519 ${kind} key is not well-formed; make a pair with: ${makeKeyPair}`,
      cause,
    );
  }
}
