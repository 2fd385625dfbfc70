import assert from 'node:assert/strict';

export const MiB = 1024 * 1024;

/** Bytes without a pattern, so that bytes swapped, repeated or shifted never look right. Another seed, other bytes. */
export function content(size: number, seed = 1): Uint8Array {
  const words = new Uint32Array(Math.ceil(size / 4));
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  for (let index = 0; index < words.length; index += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state;
  }
  return new Uint8Array(words.buffer, 0, size);
}

export function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

/** Unlike `deepEqual` this never prints megabytes. */
export function assertSameBytes(found: Uint8Array, expected: Uint8Array, what = 'object'): void {
  if (Buffer.compare(found, expected) === 0) return;
  const differing = expected.findIndex((byte, index) => byte !== found[index]);
  const at = differing === -1 ? expected.length : differing;
  assert.fail(
    `${what}: the bytes differ from offset ${at} on (${found.length} bytes found, ${expected.length} expected)`,
  );
}
