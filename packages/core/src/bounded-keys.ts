import { bounded, type Lifetime } from './abort.ts';
import { ArtifactError, configuration, isArtifactError } from './errors.ts';
import { signersOf, type KeyProvider, type Signer, type Verifier } from './signing.ts';

/**
 * The keys as one operation uses them. A provider may ask a service far away: no answer is waited for longer than the
 * operation may take, and what the service fails with, or answers in a form that is none, is no verdict on a record.
 */
export function boundedKeys(keys: KeyProvider, lifetime: Lifetime, idleMs: number): KeyProvider {
  const answerOf = async <T>(ask: () => T | Promise<T>): Promise<T> => {
    try {
      const answer = ask();
      if (!isThenable(answer)) return answer;
      const promise = Promise.resolve(answer);
      // Nobody waits for it any more when the lifetime is over; unheard, its rejection would end the process.
      promise.catch(() => undefined);
      return await bounded(lifetime, idleMs, 'the signing keys', () => promise);
    } catch (cause) {
      if (isArtifactError(cause) || (lifetime.aborted && cause === lifetime.reason)) throw cause;
      throw new ArtifactError('UNAVAILABLE', 'the signing keys could not be used', { field: 'signing', cause });
    }
  };
  return {
    async active() {
      const active = await answerOf(() => keys.active());
      return signersOf(active).map((signer): Signer => {
        return { keyid: signer.keyid, sign: (message) => answerOf(() => signer.sign(message)) };
      });
    },
    async find(keyid) {
      const key = requireVerifier(await answerOf(() => keys.find(keyid)));
      if (key === undefined) return undefined;
      const verify = async (message: Uint8Array, signature: Uint8Array) =>
        requireVerdict(await answerOf(() => key.verify(message, signature)));
      return { keyid, revoked: key.revoked, verify };
    },
  };
}

function requireVerifier(found: unknown): Verifier | undefined {
  if (found === undefined || found === null) return undefined;
  const { revoked, verify } = Object(found) as { readonly [Name in keyof Verifier]: unknown };
  if (typeof verify === 'function' && typeof revoked === 'boolean') return found as Verifier;
  throw unusable('find gave something without revoked, true or false, and a method verify');
}

/** What a service answers around its verdict is an object, and every object would count as yes. */
function requireVerdict(verdict: unknown): boolean {
  if (typeof verdict === 'boolean') return verdict;
  throw unusable('verify gave neither true nor false');
}

function unusable(problem: string): ArtifactError {
  return configuration('signing', `the keys cannot verify records: ${problem}`);
}

function isThenable<T>(answer: T | PromiseLike<T>): answer is PromiseLike<T> {
  return typeof answer === 'object' && answer !== null && 'then' in answer && typeof answer.then === 'function';
}
