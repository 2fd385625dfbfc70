import type { ObjectInfo } from './backend.ts';
import { isArtifactError, type InvalidEntry } from './errors.ts';
import { escapeId } from './ids.ts';
import { isKey } from './keys.ts';
import { idOfRecordKey, namespacePrefix, recordsPrefix } from './layout.ts';
import { namespacesOf } from './namespace-list.ts';
import { cursorOf } from './pass-options.ts';
import { isUnverifiable } from './read-record.ts';
import { notIntact } from './record.ts';
import type { Session } from './session.ts';
import type { Storage } from './storage.ts';

const maxReported = 100;

/** What a pass could not do, and why. */
export interface PassFailures {
  readonly failed: number;
  /** The first hundred of them. */
  readonly failures: readonly InvalidEntry[];
}

/** A part of a store: all that is in one namespace, or in none. */
export interface Part {
  readonly session: Session;
  readonly storage: Storage;
  /** Stands before its keys, as the whole pass sees them. */
  readonly prefix: string;
  readonly namespace: string | undefined;
}

/** A record object that a pass has come to. */
export interface PassedRecord extends Part {
  /** `undefined` when its key is of no id. */
  readonly id: string | undefined;
  readonly info: ObjectInfo;
  readonly cursor: string;
}

/** Whether a pass that goes on after `key` has come past a record, or past all records of a part. */
export function isPassedBy({ prefix, info }: Part & { readonly info?: ObjectInfo }, key: string | undefined): boolean {
  if (key === undefined) return false;
  const listed = prefix + recordsPrefix;
  return info === undefined ? !key.startsWith(listed) && key > listed : prefix + info.key <= key;
}

/** Where a pass has to look: a namespace is one part; a whole store has its namespaces, in the order of keys, then itself. */
export async function* partsOf(session: Session, storage: Storage): AsyncGenerator<Part, void, undefined> {
  const { namespace: own } = session.environment.scope;
  if (own === undefined) {
    for await (const namespace of namespacesOf(storage, undefined)) {
      const prefix = namespacePrefix(namespace);
      yield { session: session.namespace(namespace), storage: storage.within(namespace), prefix, namespace };
    }
  }
  yield { session, storage, prefix: '', namespace: undefined };
}

/** The record objects of one part whose ids start with `idPrefix`, in the order of keys. */
export async function* recordsOf(
  part: Part,
  after: string | undefined,
  idPrefix = '',
): AsyncGenerator<PassedRecord, void, undefined> {
  const { prefix, storage } = part;
  const listed = prefix + recordsPrefix;
  // Where another part was left, this one is behind it or lies ahead as a whole.
  if (isPassedBy(part, after)) return;
  const from = after?.startsWith(listed) === true ? after.slice(prefix.length) : undefined;
  for await (const info of storage.list(recordsPrefix + escapeId(idPrefix), from)) {
    if (!isKey(info.key)) continue;
    yield { ...part, id: idOfRecordKey(info.key), info, cursor: cursorOf(prefix + info.key) };
  }
}

/** Every record object of a store, those of its namespaces first. */
export async function* allRecords(
  session: Session,
  storage: Storage,
  after: string | undefined,
): AsyncGenerator<PassedRecord, void, undefined> {
  for await (const part of partsOf(session, storage)) yield* recordsOf(part, after);
}

/** How a record that has no id is reported. */
export function nobodysRecord({ namespace, info }: Pick<PassedRecord, 'namespace' | 'info'>): InvalidEntry {
  const id = info.key.slice(recordsPrefix.length);
  return { ...(namespace !== undefined && { namespace }), id, error: notIntact(id, 'its key is of no id') };
}

/** Whether a failure is about one artifact, so that the pass goes on. @returns it as an entry of the report */
export function failureOf(error: unknown, namespace: string | undefined, id: string): InvalidEntry | undefined {
  const ofOne =
    isUnverifiable(error) || isArtifactError(error, 'SUPERSEDED') || isArtifactError(error, 'OUTCOME_UNKNOWN');
  return ofOne ? { ...(namespace !== undefined && { namespace }), id, error } : undefined;
}

/** Counts failures, and keeps the first of them. */
export class Failures {
  readonly #first: InvalidEntry[] = [];
  #count = 0;

  add(entry: InvalidEntry): void {
    this.#count += 1;
    if (this.#first.length < maxReported) this.#first.push(entry);
  }

  get count(): number {
    return this.#count;
  }

  get report(): PassFailures {
    return { failed: this.#count, failures: [...this.#first] };
  }
}
