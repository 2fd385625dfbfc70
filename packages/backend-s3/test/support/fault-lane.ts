import assert from 'node:assert/strict';
import { inspect } from 'node:util';

import {
  type ArtifactBackend,
  ArtifactStore,
  generateKey,
  isArtifactError,
  keyringFromText,
  withPrefix,
} from '@artifacts/core';
import type { S3FaultRule } from '@artifacts/testkit/s3-proxy';
import type { S3TestServer } from '@artifacts/testkit/s3-servers';

import { mediumOf } from '../../src/medium.ts';
import type { S3ConnectionOptions } from '../../src/options.ts';
import { S3Backend } from '../../src/s3-backend.ts';
import type { StoreOperation } from './operations.ts';
import { requestFaults } from './request-faults.ts';
import { content, type Proxied, throughProxy } from './through-proxy.ts';

const signing = keyringFromText(`k1=${generateKey()}`);
const hour = 3_600_000;
const MiB = 1024 * 1024;

// Pauses take no time: what is shown is what comes after them.
const sleep = async (_ms: number, signal: AbortSignal | undefined): Promise<void> => signal?.throwIfAborted();

function hurried(options: S3ConnectionOptions, partBytes: number): ArtifactBackend {
  return new S3Backend({ ...mediumOf(options, {}), partBytes, pause: sleep });
}

function storeOn(backend: ArtifactBackend, prefix: string): ArtifactStore {
  return new ArtifactStore({ backend: withPrefix(backend, prefix), audience: 'test', signing, sleep });
}

/** How an operation goes when nothing fails: what a reader sees before and after it, and what its caller learns. */
export interface CleanRun {
  readonly old: string;
  readonly fresh: string;
  readonly learned: unknown;
  /** By which each of its requests fails. */
  readonly rules: readonly S3FaultRule[];
}

/** A storage of its own, on which one operation is tried again and again. */
export class FaultLane {
  readonly #operation: StoreOperation;
  readonly #storage: Proxied;
  readonly #patient: ArtifactBackend;
  readonly #impatient: ArtifactBackend;
  readonly #twoParts: Uint8Array;
  #cases = 0;

  /** The lane goes with the test. */
  static async open(server: S3TestServer, operation: StoreOperation): Promise<FaultLane> {
    const { smallestPartBytes = 5 * MiB } = server;
    return new FaultLane(operation, await throughProxy(server), smallestPartBytes);
  }

  private constructor(operation: StoreOperation, storage: Proxied, partBytes: number) {
    this.#operation = operation;
    this.#storage = storage;
    this.#patient = hurried(storage.connection, partBytes);
    this.#impatient = hurried({ ...storage.connection, idleTimeoutMs: 500 }, partBytes);
    this.#twoParts = content(partBytes + 1);
  }

  /** Whether the server can do what the operation needs. */
  get isPossible(): boolean {
    return this.#operation.needsSwap !== true || this.#storage.claims.compareAndSwap;
  }

  async cleanRun(): Promise<CleanRun> {
    const { act, requests, isLarge } = this.#operation;
    const { direct, at } = await this.#prepared();
    const old = await this.#seen(direct);
    const counted = requestFaults.map(({ on, ...rest }) => {
      const kind = requests === undefined ? on.kind : on.kind.filter((one) => requests.includes(one));
      // A delay of nothing counts the requests that can have the fault.
      return {
        ...rest,
        on: { ...on, kind },
        count: this.#storage.proxy.inject({ fault: 'delay', ms: 0, ...on, kind }),
      };
    });
    const learned = this.#learned(await act(storeOn(this.#patient, at), this.#twoParts));
    const rules = counted.flatMap(({ fault, on, lasts, count }) => {
      const forGood = lasts === 'always' || (lasts === 'unless large' && isLarge !== true);
      return Array.from({ length: count.hits }, (_, index) => index + 1).flatMap((nth): S3FaultRule[] => [
        { ...fault, ...on, nth, times: 1 },
        ...(forGood ? [{ ...fault, ...on, nth }] : []),
      ]);
    });
    return { old, fresh: await this.#seen(direct), learned, rules };
  }

  /** Runs the operation with that fault and checks what it left; after a failure again, without the fault. */
  async run(rule: S3FaultRule, { old, fresh, learned }: CleanRun): Promise<void> {
    const { proxy, claims, direct: medium, unfinished } = this.#storage;
    const { act, isLarge } = this.#operation;
    const { direct, at } = await this.#prepared();
    const injected = proxy.inject(rule);
    const [outcome] = await Promise.allSettled([
      act(storeOn(rule.fault === 'stall' ? this.#impatient : this.#patient, at), this.#twoParts),
    ]);
    const failure = outcome.status === 'rejected' ? { error: outcome.reason as unknown } : undefined;
    const what = `${inspect(rule)}, ${inspect(failure?.error)}`;

    // On a busy machine a request before it may look stalled, too.
    const isElsewhere = rule.fault === 'stall' && failure !== undefined;
    assert.ok(injected.hits > 0 || isElsewhere, `no request had ${what}`);
    if (outcome.status === 'fulfilled') assert.equal(this.#learned(outcome.value), learned, what);
    else assert.ok(isArtifactError(outcome.reason), what);
    // Without conditions a write that failed may come to be, or be overtaken, whatever its error says.
    const isOpen = isArtifactError(failure?.error, 'OUTCOME_UNKNOWN') || !claims.compareAndSwap;
    const allowed = failure === undefined ? [fresh] : isOpen ? [old, fresh] : [old];
    const found = await this.#seen(direct);
    assert.ok(allowed.includes(found), `${found} after ${what}`);
    if (isLarge === true) {
      await medium.discardUnfinished(new Date(Date.now() + hour));
      assert.deepEqual(await unfinished(), [], what);
    }

    if (failure === undefined) return;
    await act(direct, this.#twoParts);
    assert.equal(await this.#seen(direct), fresh, `made again after ${what}`);
  }

  /** What is there before, past the proxy: in a place of its own where the operation changes it. */
  async #prepared(): Promise<{ readonly direct: ArtifactStore; readonly at: string }> {
    const isFresh = this.#cases === 0 || this.#operation.writes !== undefined;
    if (isFresh) this.#cases += 1;
    const at = `c${this.#cases}/`;
    const direct = storeOn(this.#storage.direct, at);
    if (isFresh) await this.#operation.before(direct);
    this.#storage.proxy.clear();
    return { direct, at };
  }

  /** The artifact as a reader sees it, whose content is what its record says. */
  async #seen(store: ArtifactStore): Promise<string> {
    const { writes = 'doc' } = this.#operation;
    const metadata = await store.getMetadata(writes);
    if (metadata === undefined) return 'absent';
    if (this.#operation.writes !== undefined) await (await store.download(writes)).bytes();
    return JSON.stringify([metadata.checksumSha256, metadata.expiresAt, metadata.metadata]);
  }

  /** What was written is seen. */
  #learned(value: unknown): unknown {
    return this.#operation.writes === undefined ? value : undefined;
  }
}
