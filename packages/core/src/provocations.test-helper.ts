import { ArtifactError, type ErrorCode } from './errors.ts';
import { isRecordKey } from './faults.test-helper.ts';
import { hmac } from './hmac.ts';
import { hmacKeyring, keyring } from './keyring.ts';
import { memoryBackend } from './memory.ts';
import type { JsonObject } from './json.ts';
import { revoked } from './signing-key.ts';
import { collect, flip, open, refusal, refusalOf, secretOf, sha256, stalled, startTime } from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

/** What is stored when an error is provoked: at least 64 KiB of content, and some metadata. */
interface Stored {
  readonly content: string;
  readonly metadata: JsonObject;
}

/** One way to each code that can be met now, through a store. */
export interface Provocation {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly provoke: (stored: Stored) => Promise<ArtifactError>;
}

async function filled({ content, metadata }: Stored, options: Parameters<typeof open>[0] = {}) {
  const opened = open(options);
  await opened.store.upload('a', content, { metadata });
  return opened;
}

const other = hmacKeyring({ active: 'k2', keys: { k2: secretOf('k2') } });

const provoking: Readonly<Partial<Record<ErrorCode, Provocation['provoke']>>> = {
  NOT_FOUND: async () => refusal(open().store.download('a')),
  ALREADY_EXISTS: async (stored) =>
    refusal((await filled(stored)).store.upload('a', stored.content, { metadata: stored.metadata, ifGeneration: 0 })),
  PRECONDITION_FAILED: async (stored) =>
    refusal((await filled(stored)).store.upload('a', stored.content, { metadata: stored.metadata, ifGeneration: 7 })),
  INVALID_ARGUMENT: async ({ content, metadata }) =>
    refusal(open().store.upload('a', content, { metadata: { ...metadata, list: [metadata, Number.NaN] } })),
  TOO_LARGE: async ({ content, metadata }) =>
    refusal(
      open({ maxSizeBytes: 70_000 }).store.upload('a', [Buffer.from(content), Buffer.from(content)], { metadata }),
    ),
  EXPIRED: async ({ content, metadata }) => {
    const { store, clock } = open();
    await store.upload('a', content, { metadata, ttlMs: 5 });
    clock.advance(5);
    return refusal(store.download('a'));
  },
  RETAINED: async ({ content, metadata }) => {
    const { store } = open();
    await store.upload('a', content, { metadata, hold: true });
    return refusal(store.upload('a', content, { metadata }));
  },
  SIGNATURE_INVALID: async (stored) => {
    const { store, backend } = await filled(stored);
    await flip(backend, 'records/a', 1000);
    return refusal(store.getMetadata('a'));
  },
  UNKNOWN_KEY: async (stored) => {
    const { backend } = await filled(stored);
    return refusal(open({ backend, signing: other }).store.download('a'));
  },
  KEY_REVOKED: async (stored) => {
    const { backend } = await filled(stored);
    const signing = keyring({ active: 'k2', keys: { k1: revoked(hmac(secretOf('k1'))), k2: hmac(secretOf('k2')) } });
    return refusal(open({ backend, signing }).store.download('a'));
  },
  INTEGRITY: async (stored) => {
    const { store, backend } = await filled(stored);
    for await (const { key } of backend.list({ prefix: 'content/' })) await flip(backend, key, 500);
    return refusal((await store.download('a')).bytes());
  },
  ROLLBACK_DETECTED: async (stored) => refusal((await filled(stored)).store.download('a', { minGeneration: 2 })),
  SUPERSEDED: async (stored) => {
    const { store, backend } = await filled(stored);
    const download = await store.download('a');
    await store.upload('a', 'x');
    for await (const { key } of backend.list({ prefix: 'content/' })) await backend.delete(key);
    return refusal(collect(download));
  },
  ACCESS_DENIED: async ({ content, metadata }) =>
    refusing(new ArtifactError('ACCESS_DENIED', 'the key may not write here'), content, metadata),
  UNAVAILABLE: async ({ content, metadata }) =>
    refusing(new ArtifactError('UNAVAILABLE', 'slow down'), content, metadata),
  TIMEOUT: async ({ content, metadata }) => {
    const source = async function* () {
      yield Buffer.from(content);
      await stalled();
    };
    return refusal(open({ idleTimeoutMs: 10 }).store.upload('a', source(), { metadata }));
  },
  OUTCOME_UNKNOWN: async ({ content, metadata }) => {
    const inner = memoryBackend();
    const backend = wrapBackend(inner, {
      write: (key, body, options) =>
        isRecordKey(key) ? Promise.reject(new Error('ECONNRESET')) : inner.write(key, body, options),
    });
    return refusal(open({ backend }).store.upload('a', content, { metadata }));
  },
  AUDIT_INCOMPLETE: async ({ content, metadata }) => {
    const audit = { begin: async () => undefined, end: () => Promise.reject(new Error('ENOSPC')) };
    return refusal(open({ audit }).store.upload('a', content, { metadata }));
  },
  UNSUPPORTED: async ({ content, metadata }) => {
    const backend = wrapBackend(memoryBackend(), {
      capabilities: async () => ({ createIfAbsent: true, compareAndSwap: false, conditionalDelete: false }),
    });
    return refusal(open({ backend }).store.upload('a', content, { metadata, hold: true }));
  },
  CONFIGURATION: async () =>
    refusalOf(() =>
      hmacKeyring({
        active: 'k1',
        keys: { k1: secretOf('k1'), k2: `base64:${Buffer.from(secretOf('k1')).toString('base64')}` },
      }),
    ),
  METADATA_INVALID: async (stored) => {
    const { backend } = await filled(stored);
    // A schema's own message may quote what it refuses.
    const validate = (value: unknown) => ({ issues: [{ message: `no: ${JSON.stringify(value)}`, path: ['name'] }] });
    const metadataSchema = { '~standard': { version: 1, vendor: 'test', validate } } as const;
    return refusal(open({ backend, metadataSchema }).store.getMetadata('a'));
  },
  BACKEND: async ({ content, metadata }) => refusing(new Error('EIO: i/o error'), content, metadata),
};

async function refusing(error: Error, content: string, metadata: JsonObject): Promise<ArtifactError> {
  const inner = memoryBackend();
  const backend = wrapBackend(inner, {
    async write(key, body, options) {
      if (key.startsWith('pending/')) throw error;
      return inner.write(key, body, options);
    },
  });
  return refusal(
    open({ backend }).store.upload('a', content, {
      metadata,
      expiresAt: startTime + 1000,
      expectedSha256: sha256(content),
    }),
  );
}

const retryable: ReadonlySet<string> = new Set(['SUPERSEDED', 'UNAVAILABLE', 'TIMEOUT', 'OUTCOME_UNKNOWN']);

export const provocations: readonly Provocation[] = Object.entries(provoking).map(([code, provoke]) => ({
  code: code as ErrorCode,
  retryable: retryable.has(code),
  provoke,
}));
