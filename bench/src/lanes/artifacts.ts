import type { KeyProvider, Observer } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';

import type { Lane } from '../in-memory.ts';
import { ed25519, keysOf } from '../signatures.ts';
import { hmacKeys, openStore } from '../store.ts';

export const artifactsHmac: Lane = lane('artifacts, HMAC', 'signed with HMAC', hmacKeys());
export const artifactsEd25519: Lane = lane('artifacts, Ed25519', 'signed with Ed25519', keysOf(ed25519));

let events = 0;
const counting: Observer = { start: () => void (events += 1), end: () => void (events += 1) };
export const artifactsObserved: Lane = lane(
  'artifacts, HMAC, observed',
  'the same, with an observer that counts starts and ends',
  hmacKeys(),
  [counting],
);

function lane(name: string, does: string, signing: KeyProvider, observers: readonly Observer[] = []): Lane {
  return {
    name,
    does,
    open() {
      const store = openStore(memoryBackend(), { signing, observers });
      return {
        async put(key, bytes) {
          await store.upload(key, bytes);
        },
        async get(key) {
          const download = await store.download(key);
          return download.bytes();
        },
      };
    },
  };
}
