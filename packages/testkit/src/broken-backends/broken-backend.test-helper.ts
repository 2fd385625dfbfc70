import type { ArtifactBackend, ErrorCode, Written } from '@artifacts/core';
import { ArtifactError } from '@artifacts/core';

/** A backend with one fault, and the rule that must find it. */
export interface BrokenBackend {
  readonly fault: string;
  /** The title of the rule that names this fault. */
  readonly caughtBy: string;
  /** Whether only handles that list in pages are faulty. */
  readonly ofPages?: boolean;
  /** What the faulty backend does differently. Called for every handle, with the same good backend beneath. */
  readonly breaks: (good: ArtifactBackend) => Partial<ArtifactBackend>;
}

export type Body = Parameters<ArtifactBackend['write']>[1];

export async function bytesOf(body: Body): Promise<Uint8Array> {
  return body instanceof Uint8Array ? Uint8Array.from(body) : Buffer.concat(await chunksOf(body));
}

export async function chunksOf(body: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(Uint8Array.from(chunk));
  return chunks;
}

export async function* stream(...chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

export async function versionOf(good: ArtifactBackend, key: string): Promise<string | undefined> {
  const result = await good.read(key);
  return result.status === 'found' ? result.info.version : undefined;
}

export function refuse(code: ErrorCode): never {
  throw new ArtifactError(code, 'refused by a broken backend');
}

/** Long enough for every racer to have looked before any of them acts. */
export async function pause(): Promise<void> {
  await new Promise(setImmediate);
}

/** `good.write` with its bytes changed on the way. */
export function storing(good: ArtifactBackend, change: (bytes: Uint8Array) => Uint8Array): ArtifactBackend['write'] {
  return async (key, body, options): Promise<Written> => {
    const bytes = await bytesOf(body);
    return { ...(await good.write(key, change(bytes), { ...options, size: undefined })), size: bytes.length };
  };
}
