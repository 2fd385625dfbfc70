import { createReadStream } from 'node:fs';

import { follows, isLog, readLine, type ReadLine } from './checkpoint.ts';
import { notIntact } from './failures.ts';
import type { AuditHead } from './line.ts';
import { rawLines } from './raw-lines.ts';

/** So many times in a row a crash may have cut a line; more is no crash. */
const maxTorn = 16;
const lineStart = '{"seq":';

/** What a file of a log ends with. */
export interface ChainEnd {
  /** The last line; none in a file that has none. */
  readonly head: AuditHead | undefined;
  /** The number of the first line. */
  readonly first: number;
  /** How many lines come after the last checkpoint. */
  readonly unsigned: number;
  /** Digests of what was cut by a crash, after the last line. */
  readonly torn: readonly string[];
  /** Whether the file ends with a newline. */
  readonly ended: boolean;
}

/**
 * Where a file of a log ends. A line that was cut is passed over, here as when it is verified, only where nothing else was to
 * follow: at the end, or before a line that tells of it.
 *
 * @throws `INTEGRITY` when its lines are not one chain: to continue it would vouch for what somebody changed
 */
export async function readChain(path: string): Promise<ChainEnd> {
  let head: AuditHead | undefined;
  let [first, unsigned, number, ended] = [1, 0, 0, true];
  let torn: string[] = [];
  for await (const { bytes, sha256, ended: terminated } of rawLines(createReadStream(path))) {
    number += 1;
    ended = terminated;
    const line = bytes === undefined ? undefined : readLine(bytes);
    if (line === undefined) {
      if (head === undefined && !beginsLikeALine(bytes)) throw notIntact('the file is no audit log: name another');
      torn.push(sha256);
      if (torn.length > maxTorn)
        throw notIntact(`line ${number} of the file is none of a log, nor are those before it`);
      continue;
    }
    const log = head === undefined ? logOf(line) : head.log;
    if (log === undefined || (head !== undefined && !follows(line, head)))
      throw notIntact(
        `line ${number} of the file does not continue what stands before it: verify it, and begin another`,
      );
    if (!tellsOf(line, torn)) throw notIntact(`before line ${number} of the file stands what is no line of a log`);
    if (head === undefined) first = line.sequence;
    head = { log, sequence: line.sequence, sha256 };
    unsigned = line.checkpointOf === undefined ? unsigned + 1 : 0;
    torn = [];
  }
  return { head, first, unsigned, torn, ended };
}

/** Somebody may have named a file of another kind, which is nothing to be appended to. */
function beginsLikeALine(bytes: Buffer | undefined): boolean {
  const start = bytes?.subarray(0, lineStart.length).toString('latin1') ?? '';
  return lineStart.startsWith(start);
}

/** The log that the first line of a file opens. */
function logOf({ members }: ReadLine): string | undefined {
  return members['type'] === 'opened' && isLog(members['log']) ? members['log'] : undefined;
}

/** Whether a line tells of just these pieces, which stand before it. */
export function tellsOf({ members: { type, torn: told = [] } }: ReadLine, torn: readonly string[]): boolean {
  if (torn.length === 0) return true;
  return (
    type === 'opened' && Array.isArray(told) && told.length === torn.length && told.every((one, n) => one === torn[n])
  );
}
