import type { ArtifactStore, QuotaOptions } from '@artifacts/core';

import { askingBackend } from './asking-backend.ts';
import { artifactId, contentOf, hour, now, recordKey, storeOf } from './client.ts';
import { honest, type Media, type Medium } from './medium.ts';

/** What may lie in storage before the race. */
export const initialStates = {
  absent: async () => {},
  small: async (store) => void (await store.upload(artifactId, contentOf('i', 'small'))),
  large: async (store) => void (await store.upload(artifactId, contentOf('i', 'large'))),
  'large that will expire': async (store) =>
    void (await store.upload(artifactId, contentOf('i', 'large'), { expiresAt: now + hour })),
  expired: async (store) => void (await store.upload(artifactId, contentOf('i', 'large'), { expiresAt: now - hour })),
  tombstone: async (store) => {
    await store.upload(artifactId, contentOf('i', 'large'));
    await store.delete(artifactId);
  },
  held: async (store) => void (await store.upload(artifactId, contentOf('i', 'large'), { hold: true })),
} satisfies Record<string, (store: ArtifactStore) => Promise<void>>;

export type InitialState = keyof typeof initialStates;

const everything = { createIfAbsent: true, compareAndSwap: true, conditionalDelete: true };

/** Outside of the pairs: what nobody vouches for can only be removed. */
export type RaceState = InitialState | 'unverifiable';

/** Brings a storage into a state, well before the race. */
export async function initialMedium(media: Media, state: RaceState, quota?: QuotaOptions): Promise<Medium> {
  if (state === 'unverifiable') {
    const small = await initialMedium(media, 'small', quota);
    const bytes = Buffer.from(small.objects.get(recordKey)?.bytes ?? []);
    const inSignature = bytes.indexOf('"sig":"') + 10;
    bytes[inSignature] = bytes[inSignature] === 0x41 ? 0x42 : 0x41;
    return media.put(small, recordKey, bytes);
  }
  let medium = media.empty;
  const backend = askingBackend(everything, async (call) => {
    const step = honest(media, medium, call);
    medium = step.medium;
    return step.answer;
  });
  const store = storeOf('i', backend, now - 2 * hour, quota);
  await initialStates[state](store);
  // A ledger is there before the race: making one is a race of its own.
  if (quota !== undefined) await store.delete('nothing');
  return medium;
}
