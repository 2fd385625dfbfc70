/**
 * What happens to a request.
 *
 * - `answer`: it gets this status instead of the server's. With a `code` the body is S3's XML error, otherwise empty. `when: 'before'`
 *   (the default) keeps the request from the server; `'after'` lets the server apply it first.
 * - `reset`: the connection is reset, before the server saw the request or after it applied it, so that its answer is lost.
 * - `truncate`: the connection ends after `atByte` bytes of the body.
 * - `stall`: after `atByte` bytes of the response's body, or of the request's, nothing comes any more.
 * - `trickle`: the response's body, or the request's, comes in pieces of `bytes`, one every `everyMs`.
 * - `corrupt`: the lowest bit of the byte at `atByte`, 0 by default, of the response's body or of the request's is flipped. A body that ends
 *   before is not touched.
 * - `lengthen`: the body has `bytes` zeros more than the server's, and its declared length says so.
 * - `dropRequestHeaders`: the server does not get these headers, as if it did not know them.
 * - `changeResponseHeaders`: each header is replaced, or with `undefined` dropped. Names are in any case.
 * - `delay`: the request reaches the server `ms` later.
 * - `bandwidth`: bodies pass at this rate, up and down together, on each connection of the client.
 */
export type S3Fault =
  | {
      readonly fault: 'answer';
      readonly status: number;
      readonly code?: string | undefined;
      readonly headers?: Readonly<Record<string, string>> | undefined;
      readonly when?: 'before' | 'after' | undefined;
    }
  | { readonly fault: 'reset'; readonly when: 'before' | 'after' }
  | { readonly fault: 'truncate'; readonly atByte: number }
  | { readonly fault: 'stall'; readonly atByte: number; readonly of?: FaultyBody | undefined }
  | {
      readonly fault: 'trickle';
      readonly bytes: number;
      readonly everyMs: number;
      readonly of?: FaultyBody | undefined;
    }
  | { readonly fault: 'corrupt'; readonly atByte?: number | undefined; readonly of?: FaultyBody | undefined }
  | { readonly fault: 'lengthen'; readonly bytes: number }
  | { readonly fault: 'dropRequestHeaders'; readonly names: readonly string[] }
  | { readonly fault: 'changeResponseHeaders'; readonly headers: Readonly<Record<string, string | undefined>> }
  | { readonly fault: 'delay'; readonly ms: number }
  | { readonly fault: 'bandwidth'; readonly bytesPerSecond: number };

/** Which body has the fault: the response's by default. */
type FaultyBody = 'request' | 'response';

/** A fault of one kind, such as `FaultOf<'answer'>`. */
export type FaultOf<Name extends S3Fault['fault']> = Extract<S3Fault, { readonly fault: Name }>;

/** The first of its kind: of two answers only one can be given. */
export function firstFault<Name extends S3Fault['fault']>(
  faults: readonly S3Fault[],
  name: Name,
): FaultOf<Name> | undefined {
  return allFaults(faults, name)[0];
}

export function allFaults<Name extends S3Fault['fault']>(faults: readonly S3Fault[], name: Name): FaultOf<Name>[] {
  return faults.filter((one): one is FaultOf<Name> => one.fault === name);
}
