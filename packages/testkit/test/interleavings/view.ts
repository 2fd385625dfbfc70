import { type ArtifactStore, isArtifactError, type QuotaOptions, type Usage } from '@artifacts/core';

import { askingBackend } from './asking-backend.ts';
import { type Artifact, artifactId, artifactOf, recordKey, storeOf, unverifiable } from './client.ts';
import { honest, type Media, type Medium } from './medium.ts';
import { downloading, type Outcome } from './operations.ts';

/** What a store that was not part of the race finds afterwards. */
export interface View {
  readonly artifact: Artifact | undefined;
  readonly revision: string | undefined;
  readonly download: Outcome;
  /** What is wrong with a record that does not verify. */
  readonly problem: string | undefined;
  readonly tombstone: boolean;
  /** Where the record says that its content is. */
  readonly contentKey: string | undefined;
  /** With a quota: what the ledger says, and what is there. */
  readonly usage: { readonly said: Outcome; readonly there: Usage } | undefined;
}

/** Looks at media. What is seen depends on few objects, so few media are really looked at. */
export class Viewer {
  readonly #media: Media;
  readonly #quota: QuotaOptions | undefined;
  readonly #views = new Map<string, Promise<View>>();

  constructor(media: Media, quota?: QuotaOptions) {
    this.#media = media;
    this.#quota = quota;
  }

  view(medium: Medium): Promise<View> {
    const record = medium.objects.get(recordKey);
    const contents = [...medium.objects.keys()].filter((key) => key.startsWith('content/')).toSorted();
    const seen = this.#quota === undefined ? `${record?.version} ${contents.join(' ')}` : String(medium.id);
    let view = this.#views.get(seen);
    if (view === undefined) {
      view = this.#look(medium);
      this.#views.set(seen, view);
    }
    return view;
  }

  async #look(medium: Medium): Promise<View> {
    const capabilities = { createIfAbsent: false, compareAndSwap: false, conditionalDelete: false };
    const backend = askingBackend(capabilities, async (call) => honest(this.#media, medium, call).answer);
    const store = storeOf('z', backend);
    const said = payloadOf(medium);
    const view = {
      tombstone: said?.deleted === true,
      contentKey: said?.content?.key,
      download: await outcomeOf(() => downloading.run(store, 'z', '')),
      usage: this.#quota && (await usageOf(storeOf('z', backend, undefined, undefined, this.#quota), store)),
    };
    try {
      const metadata = await store.getMetadata(artifactId);
      return {
        ...view,
        artifact: metadata && artifactOf(metadata),
        revision: metadata?.revision,
        problem: undefined,
      };
    } catch (error) {
      return { ...view, artifact: unverifiable, revision: undefined, problem: String(error) };
    }
  }
}

async function usageOf(kept: ArtifactStore, plain: ArtifactStore): Promise<View['usage']> {
  const said = await outcomeOf(async () => describeUsage(await kept.usage()));
  return { said, there: await plain.usage() };
}

export function describeUsage({ bytes, count }: Usage): string {
  return `${bytes} bytes in ${count} artifacts`;
}

export async function outcomeOf(run: () => Promise<string>): Promise<Outcome> {
  try {
    return { value: await run() };
  } catch (error) {
    return isArtifactError(error) ? { code: error.code } : { value: `threw ${String(error)}` };
  }
}

interface Payload {
  readonly deleted?: boolean;
  readonly content?: { readonly key?: string };
}

/** What the record says, signed or not: whether it verifies is for the store to say. */
function payloadOf(medium: Medium): Payload | undefined {
  const record = medium.objects.get(recordKey);
  if (record === undefined) return undefined;
  const text = Buffer.from(record.bytes).toString('latin1');
  try {
    const { payload } = JSON.parse(text.slice(0, text.indexOf('\n'))) as { payload: string };
    return JSON.parse(Buffer.from(payload, 'base64').toString()) as Payload;
  } catch {
    return undefined;
  }
}
