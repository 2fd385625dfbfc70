/**
 * How keys become file names.
 *
 * A key is cut into fragments whose concatenation is the key: a segment with its slash (`a/`) for a directory, the last
 * segment (`a`) for the object's file, and pieces of exactly 200 bytes for what is longer than a file name may be. Each
 * fragment is one name: its kind, `~`, the bytes, `~`.
 *
 * - Keys have no `~`, so the kinds never meet: `a` is `o~a~` and `a/b` is in `d~a~`, side by side.
 * - The kind in front keeps a name from being reserved (`con`, `nul.txt`) or hidden, or `.` or `..`; the `~` behind from
 *   ending in a dot, or in `~1` like the short names of Windows. Keys have no capitals: folding case changes nothing.
 * - No name is longer than 203 bytes.
 * - Sorting the fragments in one directory sorts all keys below it: two of them differ before either ends, or one is the
 *   file whose key is the start of the other.
 */
export type Fragment = string;

const pieceBytes = 200;

const namePattern = /^([odc])~([a-z0-9._=-]*)~$/;
const keyPattern = /^[a-z0-9._/=-]*$/;

/** Whether keys could start with `text`; whatever cannot is looked for nowhere. */
export function couldStartKeys(text: string): boolean {
  return text.length <= 1024 && keyPattern.test(text);
}

/** The fragments of a key, the last of which is its file. */
export function fragmentsOf(key: string): Fragment[] {
  const { complete, rest } = completeFragments(key);
  return [...complete, rest];
}

/** The directories that every key with this start is in, and what is left of it inside the last one. */
export function completeFragments(start: string): { readonly complete: Fragment[]; readonly rest: string } {
  const complete: Fragment[] = [];
  let rest = start;
  for (;;) {
    const slash = rest.indexOf('/');
    const end = slash === -1 ? rest.length : slash;
    if (end >= pieceBytes) {
      complete.push(rest.slice(0, pieceBytes));
      rest = rest.slice(pieceBytes);
    } else if (slash !== -1) {
      complete.push(rest.slice(0, slash + 1));
      rest = rest.slice(slash + 1);
    } else {
      return { complete, rest };
    }
  }
}

/** Where the object under `key` is, relative to the directory of all objects. */
export function pathOf(key: string): string {
  return fragmentsOf(key).map(nameOf).join('/');
}

export function nameOf(fragment: Fragment): string {
  if (fragment.endsWith('/')) return `d~${fragment.slice(0, -1)}~`;
  return fragment.length === pieceBytes ? `c~${fragment}~` : `o~${fragment}~`;
}

/** The fragment that has this name, or `undefined` for a name that none of ours has. */
export function fragmentOf(name: string): Fragment | undefined {
  const [, kind, text] = namePattern.exec(name) ?? [];
  if (kind === undefined || text === undefined) return undefined;
  if (kind === 'c') return text.length === pieceBytes ? text : undefined;
  if (text.length >= pieceBytes) return undefined;
  return kind === 'd' ? `${text}/` : text;
}

/** Whether the fragment is an object's file, and not a directory. */
export function isFile(fragment: Fragment): boolean {
  return !fragment.endsWith('/') && fragment.length < pieceBytes;
}
