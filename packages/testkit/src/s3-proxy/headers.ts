import { firstFault, allFaults, type S3Fault } from './faults.ts';

/** Header fields by name as they were sent, a field that came several times with all of its values. */
export type Headers = Readonly<Record<string, string | string[]>>;

/** They are about one connection, and there are two. */
const ofTheConnection: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'proxy-connection']);

/** What of a message's headers goes on, except those in `dropped`. */
export function passedOn(rawHeaders: readonly string[], dropped: ReadonlySet<string> = new Set()): Headers {
  const headers = new Map<string, { readonly name: string; readonly values: string[] }>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2);
    const known = name.toLowerCase();
    if (ofTheConnection.has(known) || dropped.has(known)) continue;
    const field = headers.get(known) ?? { name, values: [] };
    field.values.push(value);
    headers.set(known, field);
  }
  return Object.fromEntries(
    [...headers.values()].map(({ name, values: [first = '', ...more] }) => [
      name,
      more.length > 0 ? [first, ...more] : first,
    ]),
  );
}

/** The names, in lower case, of what the server is not to get. */
export function droppedHeaders(faults: readonly S3Fault[]): ReadonlySet<string> {
  return new Set(
    allFaults(faults, 'dropRequestHeaders').flatMap(({ names }) => names.map((name) => name.toLowerCase())),
  );
}

/** The headers of an answer as the client gets them. */
export function answerHeaders(rawHeaders: readonly string[], faults: readonly S3Fault[], hasBody: boolean): Headers {
  const changed = new Map<string, string | undefined>();
  const longer = hasBody ? firstFault(faults, 'lengthen') : undefined;
  const headers = passedOn(rawHeaders);
  const length = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-length')?.[1];
  if (longer !== undefined && length !== undefined)
    changed.set('content-length', String(Number(length) + longer.bytes));
  for (const change of allFaults(faults, 'changeResponseHeaders')) {
    for (const [name, value] of Object.entries(change.headers)) changed.set(name.toLowerCase(), value);
  }
  const kept = Object.entries(headers).filter(([name]) => !changed.has(name.toLowerCase()));
  const added = [...changed].filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries([...kept, ...added]);
}
