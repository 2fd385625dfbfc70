import { unescapeId } from './ids.ts';
import { isKey } from './keys.ts';
import { namespacesPrefix } from './layout.ts';
import { problemOfNamespace } from './namespaces.ts';
import type { Storage } from './storage.ts';

/**
 * Every namespace in which there is an object, in the order of keys. Each costs one listing that is left at its first key;
 * what lies there under a name that is no namespace's is passed over.
 */
export async function* listNamespaces(storage: Storage): AsyncGenerator<string, void, undefined> {
  let after: string | undefined;
  for (;;) {
    const key = await firstKey(storage, after);
    if (key === undefined) return;
    const end = key.indexOf('/', namespacesPrefix.length);
    // "0" comes right behind "/": all that lies in this namespace is before it.
    after = end < 0 ? key : `${key.slice(0, end)}0`;
    const name = end < 0 ? undefined : unescapeId(key.slice(namespacesPrefix.length, end));
    if (name !== undefined && problemOfNamespace(name) === undefined) yield name;
  }
}

async function firstKey(storage: Storage, after: string | undefined): Promise<string | undefined> {
  for await (const { key } of storage.list(namespacesPrefix, after)) if (isKey(key)) return key;
  return undefined;
}
