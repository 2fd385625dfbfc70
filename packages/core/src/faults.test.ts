import { expect, test } from 'vitest';

import type { ArtifactBackend } from './backend.ts';
import { ArtifactError } from './errors.ts';
import { failing, faults, type Fault } from './faults.test-helper.ts';
import { memoryBackend } from './memory.ts';
import type { ArtifactStore } from './store.ts';
import {
  Clock,
  collect,
  content,
  dump,
  hour,
  keysOf,
  open,
  refusal,
  sha256,
  startTime,
  state,
} from './store.test-helper.ts';

const small = content(100);
const large = content(100_000, 2);
const larger = content(200_000, 3);

function typed(error: unknown): ArtifactError {
  if (error instanceof ArtifactError) return error;
  throw new Error('the failure is not typed', { cause: error });
}

/** An operation on artifact "a", what is there before, and what is there once it succeeded. */
interface Scenario {
  readonly name: string;
  readonly before?: (store: ArtifactStore) => Promise<unknown>;
  readonly act: (store: ArtifactStore) => Promise<unknown>;
}

const expiring = { expiresAt: startTime + hour };

const writing: readonly Scenario[] = [
  { name: 'upload of something small', act: (store) => store.upload('a', small, expiring) },
  { name: 'upload of something large', act: (store) => store.upload('a', large) },
  {
    name: 'create-only upload of something large',
    act: (store) => store.upload('a', large, { ifGeneration: 0, ...expiring }),
  },
  { name: 'upload of a stream that is read once', act: (store) => store.upload('a', [large]) },
  {
    name: 'overwrite of something large by something large',
    before: (store) => store.upload('a', large, expiring),
    act: (store) => store.upload('a', larger, expiring),
  },
  {
    name: 'overwrite of something small by something small',
    before: (store) => store.upload('a', small, expiring),
    act: (store) => store.upload('a', content(50)),
  },
  {
    name: 'upload over a tombstone',
    before: async (store) => {
      await store.upload('a', large);
      await store.delete('a');
    },
    act: (store) => store.upload('a', small),
  },
  {
    name: 'delete of something large',
    before: (store) => store.upload('a', large, expiring),
    act: (store) => store.delete('a'),
  },
  { name: 'delete of something small', before: (store) => store.upload('a', small), act: (store) => store.delete('a') },
  {
    name: 'update',
    before: (store) => store.upload('a', large, expiring),
    act: (store) => store.update('a', { expiresAt: startTime + 2 * hour, metadata: { n: 1 } }),
  },
];

/** What every reader sees of "a": content, generation and expiry, or that it is absent. Mixed versions would throw here. */
async function seen(backend: ArtifactBackend, clock: Clock): Promise<string> {
  const { store } = open({ backend, clock });
  const metadata = await store.getMetadata('a');
  if (metadata === undefined) return 'absent';
  const bytes = await (await store.download('a')).bytes();
  expect(sha256(bytes)).toBe(metadata.checksumSha256);
  return JSON.stringify([metadata.checksumSha256, metadata.generation, metadata.expiresAt, metadata.metadata]);
}

/** Content that no record names and no marker leads to, and expiries without a marker: what a sweep would never find. */
async function lost(backend: ArtifactBackend, clock: Clock): Promise<string[]> {
  const { store } = open({ backend, clock });
  const markers = await keysOf(backend, 'pending/');
  const expiries = await keysOf(backend, 'expiry/');
  const record = (await dump(backend, 'records/')).get('records/a');
  const line =
    Buffer.from(record ?? '')
      .toString('latin1')
      .split('\n')[0] ?? '';
  const payload =
    line === '' ? '' : Buffer.from((JSON.parse(line) as { readonly payload: string }).payload, 'base64').toString();
  const lostContent = (await keysOf(backend, 'content/')).filter((key) => {
    const revision = key.split('/')[2] ?? '';
    return !payload.includes(key) && !markers.some((marker) => marker.includes(`/${revision}/`));
  });
  const metadata = await store.getMetadata('a');
  const expiry =
    metadata?.expiresAt === undefined ? undefined : `expiry/${metadata.expiresAt.getTime()}-${metadata.revision}/a`;
  return [...lostContent, ...(expiry === undefined || expiries.includes(expiry) ? [] : [`no ${expiry}`])];
}

async function prepared({ before }: Scenario, clock: Clock): Promise<ArtifactBackend> {
  const backend = memoryBackend({ now: () => clock.wall });
  await before?.(open({ backend, clock }).store);
  return backend;
}

/** Runs the scenario with its n-th storage call failing; tells how many calls it made. */
async function runWith(
  scenario: Scenario,
  fault: Fault,
  n: number,
  forGood: boolean,
  states: readonly string[],
): Promise<number> {
  const clock = new Clock();
  const inner = await prepared(scenario, clock);
  const { backend, calls } = failing(inner, fault, n, forGood);
  const [old, fresh] = states;
  let code: string = 'ok';
  try {
    await scenario.act(open({ backend, clock }).store);
  } catch (error) {
    code = typed(error).code;
  }
  const where = `call ${n}${forGood ? ' and all later ones' : ''} failing with ${fault.name}: ${code}, at ${calls[n - 1]?.call} ${calls[n - 1]?.key}`;
  const now = await seen(inner, clock);
  const allowed = code === 'ok' ? [fresh] : code === 'OUTCOME_UNKNOWN' ? [old, fresh] : [old];
  expect({ where, right: allowed.includes(now), lost: await lost(inner, clock) }).toEqual({
    where,
    right: true,
    lost: [],
  });
  return calls.length;
}

test.each(writing)(
  'I-7 I-10 $name: whichever storage call fails, the outcome is typed and the artifact old or new',
  async (scenario) => {
    const clock = new Clock();
    const untouched = await prepared(scenario, clock);
    const old = await seen(untouched, clock);
    await scenario.act(open({ backend: untouched, clock }).store);
    const states = [old, await seen(untouched, clock)];
    expect(states[0]).not.toBe(states[1]);

    for (const fault of faults) {
      for (const forGood of [false, true]) {
        let n = 1;
        while (n <= (await runWith(scenario, fault, n, forGood, states))) n += 1;
        expect(n).toBeGreaterThan(3);
      }
    }
  },
  60_000,
);

const reading: readonly (readonly [name: string, act: (store: ArtifactStore) => Promise<unknown>])[] = [
  ['download of something small', async (store) => sha256(await (await store.download('small')).bytes())],
  ['download of something large', async (store) => sha256(await (await store.download('large')).bytes())],
  ['getMetadata', (store) => store.getMetadata('large')],
  ['list', (store) => collect(store.list())],
  ['page', (store) => store.page()],
];

test.each(reading)(
  'I-1 %s: whichever storage call fails, the outcome is the right one or typed',
  async (_name, act) => {
    const { store, backend: inner } = open();
    await store.upload('small', small);
    await store.upload('large', larger);
    const before = await state(inner);
    const right = await act(store);

    for (const fault of faults) {
      for (const forGood of [false, true]) {
        for (let n = 1, calls = n; n <= calls; n += 1) {
          const wrapped = failing(inner, fault, n, forGood);
          const outcome = await act(open({ backend: wrapped.backend }).store).catch(typed);
          expect(outcome instanceof ArtifactError ? right : outcome).toEqual(right);
          calls = wrapped.calls.length;
        }
      }
    }
    expect(await state(inner)).toEqual(before);
  },
  60_000,
);

test('a passing failure of any read is made good by itself, one of another kind is not repeated', async () => {
  const { store, backend: inner } = open();
  await store.upload('large', larger);
  const [unavailable, backendError] = faults;
  if (unavailable === undefined || backendError === undefined) throw new Error('no faults');

  for (const n of [1, 2]) {
    const { store: retrying } = open({ backend: failing(inner, unavailable, n, false).backend });
    expect(sha256(await (await retrying.download('large')).bytes())).toBe(sha256(larger));
    const refusing = failing(inner, backendError, n, false);
    expect(
      (await refusal((async () => (await open({ backend: refusing.backend }).store.download('large')).bytes())())).code,
    ).toBe('BACKEND');
    expect(refusing.calls.length).toBe(n);
  }
});

test('a failure that stays is given up after four attempts, with growing pauses between', async () => {
  const pauses: number[] = [];
  const [unavailable] = faults;
  if (unavailable === undefined) throw new Error('no faults');
  const { backend, calls } = failing(open().backend, unavailable, 1, true);
  const { store } = open({
    backend,
    randomBytes: (size) => new Uint8Array(size).fill(255),
    sleep: async (ms) => void pauses.push(ms),
  });

  expect(await refusal(store.getMetadata('a'))).toMatchObject({
    code: 'UNAVAILABLE',
    retryable: true,
    artifactId: 'a',
  });

  expect([calls.length, pauses]).toEqual([4, [40, 80, 160]]);
});
