import { ArtifactError, invalidArgument } from './errors.ts';
import { printable } from './ids.ts';

/** What JSON can hold. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [member: string]: JsonValue;
}

const maxMetadataBytes = 8 * 1024;
const maxLevels = 32;

/**
 * A private copy of the caller's `metadata`, checked on the way: only what JSON gives back unchanged, without calling
 * any getter or `toJSON`. Members that are `undefined` are left out, as JSON does.
 *
 * @throws `INVALID_ARGUMENT` with the path of the value as its field
 */
export function copyMetadata(metadata: unknown): JsonObject {
  let copy: JsonObject;
  try {
    if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) {
      throw refused('metadata', 'is not an object');
    }
    copy = copyObject(metadata, 'metadata', { levels: 0, values: 0 });
  } catch (error) {
    if (error instanceof ArtifactError) throw error;
    // A hostile Proxy can throw from any look at it.
    throw invalidArgument('metadata', 'metadata cannot be read', { cause: error });
  }
  const size = Buffer.byteLength(JSON.stringify(copy));
  if (size > maxMetadataBytes) {
    throw invalidArgument('metadata', `metadata has ${size} bytes as JSON, the limit is ${maxMetadataBytes}`, {
      expected: maxMetadataBytes,
      found: size,
    });
  }
  return copy;
}

/** What is wrong with metadata that a record holds, or `undefined`. */
export function problemOfMetadata(metadata: unknown): string | undefined {
  try {
    copyMetadata(metadata);
    return undefined;
  } catch (error) {
    // Whatever is wrong with them comes as the refusal of an argument.
    return `is refused: ${(error as ArtifactError).message}`;
  }
}

interface Walk {
  levels: number;
  values: number;
}

function copyValue(value: unknown, path: string, walk: Walk): JsonValue {
  walk.values += 1;
  // Every value takes at least one byte, so this many can never fit; stopping here bounds the work.
  if (walk.values > maxMetadataBytes) throw refused('metadata', `has more than ${maxMetadataBytes} values`);
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') {
    if (value.length > maxMetadataBytes) throw refused(path, `is longer than ${maxMetadataBytes} characters`);
    return value;
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw refused(path, `is ${value}, which JSON does not have`);
    if (Object.is(value, -0)) throw refused(path, 'is -0, which JSON does not keep: use 0');
    return value;
  }
  if (typeof value !== 'object') throw refused(path, `is a ${typeof value}, which JSON does not have`);
  if (walk.levels === maxLevels) throw refused(path, `is nested deeper than ${maxLevels} levels, or in itself`);
  return Array.isArray(value) ? copyArray(value, path, walk) : copyObject(value, path, walk);
}

function copyArray(array: readonly unknown[], path: string, walk: Walk): JsonValue[] {
  if (array.length > maxMetadataBytes) throw refused(path, `has more than ${maxMetadataBytes} items`);
  return Array.from({ length: array.length }, (_, index) => {
    const item = copyMember(array, String(index), `${path}[${index}]`, walk);
    if (item === undefined) throw refused(`${path}[${index}]`, 'is undefined, which JSON does not have');
    return item;
  });
}

function copyObject(object: object, path: string, walk: Walk): JsonObject {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) throw refused(path, 'is not a plain object or array');
  const copy: Record<string, JsonValue> = {};
  for (const member of Reflect.ownKeys(object)) {
    if (typeof member === 'symbol') throw refused(path, 'has a member named by a symbol, which JSON does not have');
    const where = `${path}.${printable(member.slice(0, 64))}`;
    // Whoever merges metadata into an object later would change its prototype.
    if (member === '__proto__') throw refused(where, 'has a name that is not allowed');
    if (member.length > maxMetadataBytes) throw refused(where, `has a name longer than ${maxMetadataBytes} characters`);
    const value = copyMember(object, member, where, walk);
    if (value !== undefined) copy[member] = value;
  }
  return copy;
}

/** The copy of one member, or `undefined` where there is no value. */
function copyMember(holder: object, member: string, path: string, walk: Walk): JsonValue | undefined {
  const descriptor = Object.getOwnPropertyDescriptor(holder, member);
  if (descriptor !== undefined && !('value' in descriptor)) throw refused(path, 'is a getter: give its value');
  if (descriptor?.value === undefined) return undefined;
  walk.levels += 1;
  const copy = copyValue(descriptor.value, path, walk);
  walk.levels -= 1;
  return copy;
}

function refused(path: string, problem: string): ArtifactError {
  return invalidArgument(path, `${path} ${problem}`);
}
