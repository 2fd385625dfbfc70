import { randomBytes } from 'node:crypto';

import { DeleteObjectCommand } from '@aws-sdk/client-s3';

import { call, oneAttempt } from './call.ts';
import type { Claims } from './claims.ts';
import { locate } from './keys.ts';
import type { Medium } from './medium.ts';
import type { ConditionHeader } from './object-requests.ts';
import { conditionHeader, putObject } from './put.ts';
import { isAbsence, S3Failure } from './s3-failure.ts';
import { removeObject } from './delete-object.ts';
import { tidied } from './tidying.ts';

const racers = 8;

/**
 * Tries on throw-away keys what the server does with conditions. One counts only when the server refused it where it does not hold, and
 * let exactly one of eight win a race: some servers ignore what they do not know, and some check before they lock.
 *
 * @throws an `S3Failure` when it cannot be told, and nothing is known then
 */
export async function probeClaims(
  medium: Medium,
  documentedDelete: boolean,
  signal: AbortSignal | undefined,
): Promise<Claims> {
  const probe = new Probe(medium, signal);
  try {
    const [createIfAbsent, ifMatch] = await settledAll([probe.createsOnce(), probe.spellingThatSwaps()]);
    const conditionalDelete = documentedDelete && ifMatch !== undefined && (await probe.deletesOnlyMatching(ifMatch));
    return { createIfAbsent, compareAndSwap: ifMatch !== undefined, conditionalDelete, ifMatch: ifMatch ?? 'quoted' };
  } finally {
    await probe.tidy();
  }
}

type Decision = 'done' | 'refused';
type Outcome = Decision | 'unclear';

class Probe {
  readonly #medium: Medium;
  readonly #signal: AbortSignal | undefined;
  readonly #keys: string[] = [];

  constructor(medium: Medium, signal: AbortSignal | undefined) {
    this.#medium = medium;
    this.#signal = signal;
  }

  async createsOnce(): Promise<boolean> {
    const absent: ConditionHeader = { IfNoneMatch: '*' };
    const key = this.#newKey();
    if ((await this.#write(key, absent)) !== 'done') return false;
    if ((await this.#write(key, absent)) !== 'refused') return false;
    return this.#oneWins(this.#newKey(), absent);
  }

  /** How the server wants the ETag; `undefined` where it compares it in no spelling. */
  async spellingThatSwaps(): Promise<'quoted' | 'unquoted' | undefined> {
    const key = this.#newKey();
    const { version } = await this.#put(key, undefined);
    const other = await this.#put(this.#newKey(), undefined);
    for (const spelling of ['quoted', 'unquoted'] as const) {
      const wrong = conditionHeader(key, { version: other.version }, spelling);
      if ((await this.#write(key, wrong)) !== 'refused') return undefined;
      if ((await this.#write(this.#newKey(), wrong)) !== 'refused') return undefined;
      const right = conditionHeader(key, { version }, spelling);
      if (await this.#oneWins(key, right)) return spelling;
    }
    return undefined;
  }

  async deletesOnlyMatching(spelling: 'quoted' | 'unquoted'): Promise<boolean> {
    const key = this.#newKey();
    const { version } = await this.#put(key, undefined);
    const other = await this.#put(this.#newKey(), undefined);
    const wrong = conditionHeader(key, { version: other.version }, spelling);
    const right = conditionHeader(key, { version }, spelling);
    return (await this.#delete(key, wrong)) === 'refused' && (await this.#delete(key, right)) === 'done';
  }

  async tidy(): Promise<void> {
    await tidied(this.#signal, (signal) =>
      Promise.allSettled(this.#keys.map((key) => removeObject(this.#medium, key, signal))),
    );
  }

  async #oneWins(key: string, header: ConditionHeader): Promise<boolean> {
    const outcomes = await settledAll(Array.from({ length: racers }, () => outcomeOf(this.#put(key, header))));
    const winners = outcomes.filter((outcome) => outcome === 'done').length;
    // None may have won because the answer of the one who did was lost.
    if (winners === 0 && outcomes.includes('unclear')) throw undecided();
    return winners === 1;
  }

  #write(key: string, header: ConditionHeader): Promise<Decision> {
    return decided(this.#put(key, header));
  }

  #put(key: string, header: ConditionHeader | undefined) {
    // Different bytes each time, so that no two have one ETag.
    return putObject(this.#medium, key, randomBytes(16), header, this.#signal);
  }

  #delete(key: string, header: ConditionHeader): Promise<Decision> {
    const command = new DeleteObjectCommand({ ...locate(this.#medium, key), ...header });
    return decided(call(this.#signal, (options) => this.#medium.client.send(oneAttempt(command), options)));
  }

  #newKey(): string {
    const key = `probe/${randomBytes(16).toString('hex')}`;
    this.#keys.push(key);
    return key;
  }
}

/** Of a request that has no rival: such a failure then says nothing of what the server can do. */
async function decided(request: Promise<unknown>): Promise<Decision> {
  const outcome = await outcomeOf(request);
  if (outcome === 'unclear') throw undecided();
  return outcome;
}

function undecided(): S3Failure {
  return new S3Failure('ServiceUnavailable', { status: 503 });
}

async function outcomeOf(request: Promise<unknown>): Promise<Outcome> {
  try {
    await request;
    return 'done';
  } catch (error) {
    if (!(error instanceof S3Failure) || error.status === undefined) throw error;
    const { status, code } = error;
    if (status === 409 || status === 500) return 'unclear';
    if (status === 412 || status === 501 || isAbsence(error)) return 'refused';
    if (status === 400 && code !== 'AuthorizationHeaderMalformed') return 'refused';
    throw error;
  }
}

/** All of them, once all have ended, so that nothing goes on behind a failure. */
async function settledAll<T extends readonly unknown[]>(work: {
  [Index in keyof T]: Promise<T[Index]>;
}): Promise<T> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
