import { type ArtifactMetadata, type ArtifactStore, type ErrorCode, isArtifactError } from '@artifacts/core';

/** An artifact as the model keeps it. */
export interface Artifact {
  readonly content: string;
  readonly generation: number;
  readonly contentType: string;
  readonly expiresAt: number | undefined;
  readonly hold: boolean;
}

/** What a store should hold, and the time. */
export interface Model {
  readonly artifacts: Map<string, Artifact>;
  now: number;
}

/** What the model allows: a refusal, or a value and what is under one id from then on. */
export type Allowed =
  | { readonly code: ErrorCode }
  | { readonly value: string; readonly id?: string; readonly next?: Artifact | undefined };

export type Outcome = { readonly code: ErrorCode } | { readonly value: string };

export async function outcomeOf(work: Promise<string>): Promise<Outcome> {
  try {
    return { value: await work };
  } catch (error) {
    if (isArtifactError(error)) return { code: error.code };
    throw error;
  }
}

export function liveIn({ artifacts, now }: Model, id: string): Artifact | undefined {
  const found = artifacts.get(id);
  return found !== undefined && isLive(found, now) ? found : undefined;
}

export function isLive({ expiresAt }: Artifact, now: number): boolean {
  return expiresAt === undefined || expiresAt > now;
}

/** Why an artifact cannot be read, or `undefined`. */
export function refusalToRead(model: Model, id: string): { readonly code: ErrorCode } | undefined {
  if (!model.artifacts.has(id)) return { code: 'NOT_FOUND' };
  return liveIn(model, id) === undefined ? { code: 'EXPIRED' } : undefined;
}

/** What an upload to `id` comes to. */
export function uploaded(
  model: Model,
  id: string,
  artifact: Omit<Artifact, 'generation' | 'hold'>,
  ifGeneration: number | undefined,
): Allowed {
  if (model.artifacts.get(id)?.hold === true) return { code: 'RETAINED' };
  const live = liveIn(model, id);
  if (ifGeneration === 0 && live !== undefined) return { code: 'ALREADY_EXISTS' };
  if (ifGeneration !== undefined && ifGeneration !== (live?.generation ?? 0)) return { code: 'PRECONDITION_FAILED' };
  const next = { ...artifact, generation: (live?.generation ?? 0) + 1, hold: false };
  return { value: describeArtifact(next), id, next };
}

/** Equal for equal artifacts, whatever their content. */
export function describeArtifact(artifact: Omit<Artifact, 'content'> | undefined): string {
  if (artifact === undefined) return 'nothing';
  const { generation, contentType, expiresAt, hold } = artifact;
  return `generation ${generation}, ${contentType}, expires ${expiresAt}${hold ? ', held' : ''}`;
}

export function describeMetadata(metadata: ArtifactMetadata | undefined): string {
  return describeArtifact(metadata && { ...metadata, expiresAt: metadata.expiresAt?.getTime() });
}

/** What lies under the id in truth: content is read through any expiry, as a clock that is far behind sees it. */
export async function lookAt(early: ArtifactStore, id: string): Promise<Artifact | undefined> {
  const metadata = await early.getMetadata(id);
  if (metadata === undefined) return undefined;
  const { generation, contentType, expiresAt, hold } = metadata;
  const content = await (await early.download(id)).text();
  return { content, generation, contentType, expiresAt: expiresAt?.getTime(), hold };
}
