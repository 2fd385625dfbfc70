/** A copy in memory of its own. `slice` would not do: on a Node `Buffer` it is a view. */
export function copyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
