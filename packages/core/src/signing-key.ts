import { refusedKey } from './key-material.ts';

/** What a key may still do: `active` keys may sign, `verify-only` ones only check, `revoked` ones prove nothing. */
export type KeyStatus = 'active' | 'verify-only' | 'revoked';

/** One algorithm with one key, not yet named. Made by {@link hmac} and {@link ed25519}. */
export interface SigningKey {
  readonly status: KeyStatus;
  /** @throws `CONFIGURATION` unless the key is `active` */
  sign(message: Uint8Array): Uint8Array;
  /** Never throws on a malformed signature. A revoked key verifies nothing. */
  verify(message: Uint8Array, signature: Uint8Array): boolean;
  /** Whether both come from one secret or one key pair, which would make two ids of one key. */
  equals(other: SigningKey): boolean;
}

/** What an algorithm does with one key. */
interface Primitive {
  /** Of all in it that no other key may have: its secret, its public key. */
  readonly fingerprints: readonly string[];
  /** Missing where there is nothing to sign with. */
  readonly sign?: ((message: Uint8Array) => Uint8Array) | undefined;
  readonly verify: (message: Uint8Array, signature: Uint8Array) => boolean;
}

/** A key that may do whatever its algorithm can. */
export function signingKey(primitive: Primitive): SigningKey {
  return new PrimitiveKey(primitive.sign === undefined ? 'verify-only' : 'active', primitive);
}

/** The same key, for reading what it once signed. A revoked key stays revoked. */
export function verifyOnly(key: SigningKey): SigningKey {
  return requireSigningKey(key).verifyOnly();
}

/**
 * The same key, no longer trusted: what only it signed is refused with `KEY_REVOKED`. An id whose key was not kept is revoked
 * without one.
 */
export function revoked(key?: SigningKey): SigningKey {
  const fingerprints = key === undefined ? [] : requireSigningKey(key).fingerprints;
  return new PrimitiveKey('revoked', { fingerprints, verify: () => false });
}

/** @throws `CONFIGURATION` for anything else, such as the bytes of a key */
export function requireSigningKey(key: unknown): PrimitiveKey {
  if (key instanceof PrimitiveKey) return key;
  throw refusedKey('a key of a keyring is made by hmac(), ed25519() or revoked()');
}

class PrimitiveKey implements SigningKey {
  readonly status: KeyStatus;
  // Not even a fingerprint is shown when a key is printed.
  readonly #primitive: Primitive;

  constructor(status: KeyStatus, primitive: Primitive) {
    this.status = status;
    this.#primitive = primitive;
  }

  get fingerprints(): readonly string[] {
    return this.#primitive.fingerprints;
  }

  sign(message: Uint8Array): Uint8Array {
    const { sign } = this.#primitive;
    if (sign === undefined) throw refusedKey(`a ${this.status} key cannot sign: choose one that may`);
    return sign(message);
  }

  verify(message: Uint8Array, signature: Uint8Array): boolean {
    return this.#primitive.verify(message, signature);
  }

  equals(other: SigningKey): boolean {
    const { fingerprints } = requireSigningKey(other);
    return fingerprints.some((one) => this.fingerprints.includes(one));
  }

  verifyOnly(): SigningKey {
    const { fingerprints, verify } = this.#primitive;
    return this.status === 'revoked' ? this : new PrimitiveKey('verify-only', { fingerprints, verify });
  }
}
