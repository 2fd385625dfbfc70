import type { ArtifactBackend, ReadResult } from './backend.ts';
import { ArtifactError } from './errors.ts';
import { wrapBackend } from './wrap-backend.ts';

type Call = 'capabilities' | 'write' | 'read' | 'delete' | 'list' | 'check';

/** How a storage call goes wrong. An `applied` one did its work, and only the answer is lost. */
export interface Fault {
  readonly name: string;
  readonly applied: boolean;
  readonly error: () => Error;
}

const unavailable = (): Error => new ArtifactError('UNAVAILABLE', 'the medium is away');
const classified = (): Error => new ArtifactError('BACKEND', 'the medium said no');
const plain = (): Error => new Error('EIO: i/o error');

export const faults: readonly Fault[] = [
  { name: 'UNAVAILABLE', applied: false, error: unavailable },
  { name: 'BACKEND', applied: false, error: classified },
  { name: 'a plain Error', applied: false, error: plain },
  { name: 'UNAVAILABLE after it was applied', applied: true, error: unavailable },
  { name: 'a plain Error after it was applied', applied: true, error: plain },
];

/** Calls of a backend, counted and told. */
export interface Watched {
  readonly backend: ArtifactBackend;
  readonly calls: { readonly call: Call; readonly key: string }[];
}

/**
 * `inner` with `before` run ahead of every call and `after` behind it. Either may throw. A body counts as part of the
 * call that gave it: reading it fails when `after` throws.
 */
export function watched(
  inner: ArtifactBackend,
  before: (n: number, call: Call, key: string) => void | Promise<void> = () => undefined,
  after: (n: number, call: Call, key: string) => void = () => undefined,
): Watched {
  const calls: { readonly call: Call; readonly key: string }[] = [];
  const around = async <T>(call: Call, key: string, work: () => Promise<T>): Promise<T> => {
    const n = calls.push({ call, key });
    await before(n, call, key);
    const value = await work();
    after(n, call, key);
    return value;
  };
  const backend = wrapBackend(inner, {
    capabilities: (options) => around('capabilities', '', () => inner.capabilities(options)),
    write: (key, body, options) => around('write', key, () => inner.write(key, body, options)),
    read: (key, options) => around('read', key, (): Promise<ReadResult> => inner.read(key, options)),
    delete: (key, options) => around('delete', key, () => inner.delete(key, options)),
    async *list(options) {
      const n = calls.push({ call: 'list', key: options.prefix });
      await before(n, 'list', options.prefix);
      yield* inner.list(options);
      after(n, 'list', options.prefix);
    },
    check: (options) => around('check', '', () => inner.check(options)),
  });
  return { backend, calls };
}

/** `inner` whose call number `from` fails, and with `forGood` every later one. */
export function failing(inner: ArtifactBackend, fault: Fault, from: number, forGood: boolean): Watched {
  const trip = (n: number): void => {
    if (n === from || (forGood && n > from)) throw fault.error();
  };
  return fault.applied ? watched(inner, undefined, trip) : watched(inner, trip);
}

/** `inner` whose writes that `which` chooses are applied and then answered with `error`, `times` times. */
export function losingAnswers(
  inner: ArtifactBackend,
  which: (key: string) => boolean,
  error: () => Error,
  times = 1,
): ArtifactBackend {
  let left = times;
  return wrapBackend(inner, {
    async write(key, body, options) {
      const written = await inner.write(key, body, options);
      if (left > 0 && which(key)) {
        left -= 1;
        throw error();
      }
      return written;
    },
  });
}

export const isRecordKey = (key: string): boolean => key.startsWith('records/');
