import { inspect } from 'node:util';

/** Every spelling in which something could be shown: text, hex, base64 at any offset, a list of bytes, a Buffer printed. */
export function spellings(bytes: Uint8Array): string[] {
  const part = Buffer.from(bytes).subarray(0, 9);
  const hex = part.toString('hex');
  return [
    part.toString('latin1'),
    hex,
    hex.toUpperCase(),
    hex.replaceAll(/(..)(?=.)/g, '$1 '),
    part.toString('base64').slice(0, 8),
    part.toString('base64url').slice(0, 8),
    [...part].slice(0, 5).join(', '),
    [...part].slice(0, 5).join(','),
  ];
}

/** All that a log could show of an error. */
function shown(error: unknown): string {
  const chain: unknown[] = [];
  for (let at = error; at instanceof Error; at = at.cause)
    chain.push(at.message, at.stack, JSON.stringify(at), String(at));
  return [
    inspect(error, { depth: null, showHidden: true, maxStringLength: null, maxArrayLength: null }),
    JSON.stringify(error),
    ...chain,
  ].join('\n');
}

/** Which of the `forbidden` spellings a log that shows all of `value` would show. */
export function spellingIn(value: unknown, forbidden: readonly string[]): string | undefined {
  const text = shown(value);
  return forbidden.find((spelling) => text.includes(spelling));
}
