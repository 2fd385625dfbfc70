import { type ArtifactBackend, ArtifactError, type BackendCapabilities, type ObjectInfo } from '@artifacts/core';

import type { Answer, Call, StoredBytes } from './call.ts';

/** Decides what becomes of a call, and when. */
export type Ask = (call: Call) => Promise<Answer>;

const format = Buffer.from('{"format":1}');
const modifiedAt = new Date(0);

/**
 * A backend that puts every call to `ask` and does nothing itself. A streamed body is read to its end first, so a write
 * is one step. What is in no operation's way is answered here: capabilities and the format, which a store asks for once, the
 * probes of a sweep, and the namespaces, of which there are none.
 */
export function askingBackend(capabilities: BackendCapabilities, ask: Ask): ArtifactBackend {
  return {
    contract: 1,
    name: 'asking',
    capabilities: async () => capabilities,
    write: async (key, body, { condition } = {}) => {
      if (isAside(key)) return { key, size: 0, version: 'aside' };
      const bytes = body instanceof Uint8Array ? body.slice() : await collect(body);
      const answer = await ask({ kind: 'write', key, bytes, ...(condition !== undefined && { condition }) });
      if (answer.kind === 'written') return { key, size: bytes.length, version: answer.object.version };
      throw refusal(answer);
    },
    read: async (key, { range } = {}) => {
      if (key === 'store.json') return found(key, { version: 'format', bytes: format }, range);
      if (isAside(key)) return { status: 'absent' };
      const answer = await ask({ kind: 'read', key });
      if (answer.kind === 'found') return found(key, answer.object, range);
      if (answer.kind === 'absent') return { status: 'absent' };
      throw refusal(answer);
    },
    delete: async (key, { condition } = {}) => {
      if (isAside(key)) return;
      const answer = await ask({ kind: 'delete', key, ...(condition !== undefined && { condition }) });
      if (answer.kind !== 'deleted') throw refusal(answer);
    },
    list: async function* ({ prefix }) {
      if (isAside(prefix)) return;
      const answer = await ask({ kind: 'list', prefix });
      if (answer.kind !== 'listed') throw refusal(answer);
      for (const [key, object] of answer.objects) yield infoOf(key, object);
    },
    discardUnfinished: async () => {},
    check: async () => {},
    close: async () => {},
  };
}

function isAside(key: string): boolean {
  return key.startsWith('probe/') || key === 'ns/';
}

function found(key: string, object: StoredBytes, range: { readonly start: number; readonly end: number } | undefined) {
  const bytes = object.bytes.slice(range?.start, range?.end);
  return { status: 'found', info: infoOf(key, object), body: once(bytes) } as const;
}

function infoOf(key: string, { version, bytes }: StoredBytes): ObjectInfo {
  return { key, size: bytes.length, version, modifiedAt };
}

function refusal(answer: Answer): Error {
  return answer.kind === 'failed'
    ? new ArtifactError(answer.code, `refused: ${answer.code}`)
    : new TypeError(`${answer.kind} is no answer to this call`);
}

async function collect(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk.slice());
  return Buffer.concat(chunks);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}
