import { hash } from 'node:crypto';

import type { Lane } from '../in-memory.ts';
import { ed25519, hmacSha256, type Signatures } from '../signatures.ts';

/** What a careful program writes by hand: bytes in a `Map`, with their SHA-256 and a signature over key and SHA-256. */
export const handHmac: Lane = lane('by hand, HMAC', 'HMAC', hmacSha256);
export const handEd25519: Lane = lane('by hand, Ed25519', 'Ed25519', ed25519);

interface Entry {
  readonly bytes: Uint8Array;
  readonly digest: string;
  readonly signature: Uint8Array;
}

function lane(name: string, algorithm: string, { sign, verify }: Signatures): Lane {
  return {
    name,
    does: `Map, sha256, ${algorithm} over key and sha256; both checked on reading, bytes copied both ways`,
    open() {
      const entries = new Map<string, Entry>();
      const message = (key: string, digest: string): Buffer => Buffer.from(`${key}\n${digest}`);
      return {
        async put(key, bytes) {
          const digest = hash('sha256', bytes);
          entries.set(key, { bytes: new Uint8Array(bytes), digest, signature: sign(message(key, digest)) });
        },
        async get(key) {
          const entry = entries.get(key);
          if (entry === undefined) throw new Error(`${key} is not there`);
          const { bytes, digest, signature } = entry;
          if (!verify(message(key, digest), signature) || hash('sha256', bytes) !== digest)
            throw new Error(`${key} is not what was stored`);
          return new Uint8Array(bytes);
        },
      };
    },
  };
}
