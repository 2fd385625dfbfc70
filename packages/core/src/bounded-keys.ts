import { bounded, type Lifetime } from './abort.ts';
import { ArtifactError, isArtifactError } from './errors.ts';
import { signersOf, type KeyProvider, type Signer } from './signing.ts';

/**
 * The keys as one operation uses them. A provider may ask a service far away: no answer is waited for longer than the
 * operation may take, and what the service fails with is no verdict on a record.
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
      const key = await answerOf(() => keys.find(keyid));
      if (key === undefined) return undefined;
      const verify = (message: Uint8Array, signature: Uint8Array) => answerOf(() => key.verify(message, signature));
      return { keyid, revoked: key.revoked, verify };
    },
  };
}

function isThenable<T>(answer: T | PromiseLike<T>): answer is PromiseLike<T> {
  return typeof answer === 'object' && answer !== null && 'then' in answer && typeof answer.then === 'function';
}
