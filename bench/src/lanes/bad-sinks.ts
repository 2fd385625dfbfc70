import { Writable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';

import { auditLog } from '@artifacts/audit';

import { hmacKeys } from '../store.ts';
import type { ObservedLane } from './observed.ts';

const failure = new Error('the sink failed');
const slowMs = 20;

/** Observers that fail in every way but one: what keeps the thread busy keeps everybody waiting. */
export const badObservers: readonly ObservedLane[] = [
  observer('an observer that throws', 'throws at every start and end', () => () => {
    throw failure;
  }),
  observer('an observer that rejects', 'gives a promise that rejects', () => async () => {
    throw failure;
  }),
  observer('an observer that blocks', 'gives a promise that never settles', () => () => new Promise(() => undefined)),
  observer('an observer that is slow', `gives a promise that settles with its batch, after ${slowMs} ms`, () => {
    let batch: Promise<undefined> | undefined;
    return () => {
      batch ??= wait(slowMs).then(() => (batch = undefined));
      return batch;
    };
  }),
];

/** An audit log into a stream that takes everything. */
export const goodAudit: ObservedLane = audit('an audit log', 'into a stream that takes everything', (done) => done());

export const badAudits: readonly ObservedLane[] = [
  audit('an audit log that throws', 'into a stream that throws', () => {
    throw failure;
  }),
  audit('an audit log that fails', 'into a stream that fails', (done) => done(failure)),
  audit('an audit log that blocks', 'into a stream that never takes the first line', () => undefined),
  audit('an audit log that is slow', `into a stream that takes ${slowMs} ms for each write`, (done) => {
    setTimeout(done, slowMs);
  }),
];

function observer(name: string, does: string, telling: () => () => unknown): ObservedLane {
  return {
    name,
    does,
    watch() {
      const told = telling();
      return { observers: [{ start: told, end: told }] };
    },
  };
}

function audit(name: string, does: string, write: (done: (error?: Error) => void) => void): ObservedLane {
  return {
    name,
    does,
    watch() {
      const writable = new Writable({ write: (_chunk, _encoding, done) => write(done) });
      writable.on('error', () => undefined);
      return { observers: [auditLog({ writable, keyring: hmacKeys() }).observer] };
    },
  };
}
