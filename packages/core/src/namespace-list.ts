import { unescapeId } from './ids.ts';
import { namespacePrefix, namespacesPrefix } from './layout.ts';
import { isNamespace } from './namespaces.ts';
import type { Storage } from './storage.ts';

/**
 * The name of every namespace that has an object, in the order of keys, beginning with `from`. One listing for each, since what
 * a namespace holds is stepped over.
 */
export async function* namespacesOf(
  storage: Storage,
  from: string | undefined,
): AsyncGenerator<string, void, undefined> {
  // Just before the first key that a namespace of this name can have.
  let after = from === undefined ? undefined : namespacePrefix(from);
  for (;;) {
    const key = await firstKey(storage, after);
    if (key === undefined) return;
    const end = key.indexOf('/', namespacesPrefix.length);
    const segment = key.slice(namespacesPrefix.length, end < 0 ? undefined : end);
    const name = unescapeId(segment);
    if (end >= 0 && name !== undefined && isNamespace(name)) yield name;
    // "0" comes right after "/": behind everything in here, and before whatever comes next.
    after = end < 0 ? key : `${namespacesPrefix}${segment}0`;
  }
}

async function firstKey(storage: Storage, after: string | undefined): Promise<string | undefined> {
  for await (const { key } of storage.list(namespacesPrefix, after)) return key;
  return undefined;
}
