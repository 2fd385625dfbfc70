/** A method of a backend that can fail. */
export type FaultyMethod = 'capabilities' | 'write' | 'read' | 'delete' | 'list' | 'discardUnfinished' | 'check';

/** What happens to a call. */
export type BackendFault =
  /**
   * The call rejects with `error`, by default `UNAVAILABLE`, which a store takes for a reason to try again. With
   * `when: 'after'` it is applied first, and only the answer is lost.
   */
  | { readonly fault: 'fail'; readonly error?: unknown; readonly when?: 'before' | 'after' | undefined }
  /** The call begins so many milliseconds later. */
  | { readonly fault: 'delay'; readonly ms: number }
  /** The call is not answered before its signal aborts; with `atByte`, which only a read has, its body goes no further. */
  | { readonly fault: 'stall'; readonly atByte?: number | undefined }
  /** One bit of what is read or stored is another, in the byte at `atByte`, 0 by default. */
  | { readonly fault: 'corrupt'; readonly method: 'read' | 'write'; readonly atByte?: number | undefined }
  /** What is read or stored ends before `atByte`, and nobody says so. */
  | { readonly fault: 'truncate'; readonly method: 'read' | 'write'; readonly atByte: number };

/** A fault, and the calls that have it. What is not said matches every call. */
export type BackendFaultRule = BackendFault & {
  readonly method?: FaultyMethod | readonly FaultyMethod[] | undefined;
  /** The whole key, or a pattern found in it; of a listing its prefix. Calls without a key never match. */
  readonly key?: string | RegExp | undefined;
  /** The first of the matching calls that has the fault, 1 by default. */
  readonly nth?: number | undefined;
  /** How many matching calls in a row have it; all by default. */
  readonly times?: number | undefined;
};
