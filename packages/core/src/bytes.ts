/** A copy in memory of its own. `slice` would not do: on a Node `Buffer` it is a view. */
export function copyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

/** The bytes in memory that nothing else looks at: handing it to a worker takes nothing along. */
export function owned(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : copyOf(bytes);
}
