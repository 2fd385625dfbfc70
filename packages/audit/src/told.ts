import type { ReadLine } from './checkpoint.ts';
import type { AuditPlace, AuditReport } from './report.ts';

/** What the lines of a log tell of it, beside whether they are the ones that were written. */
export class Told {
  readonly #torn: AuditPlace[] = [];
  readonly #resumed: (AuditPlace & { readonly unsigned: number })[] = [];
  readonly #begun = new Set<unknown>();
  #notRecorded = 0;

  by({ members: { type, unsigned, operationId, operations } }: ReadLine, { file, line, sequence }: AuditPlace): void {
    if (type === 'begin') this.#begun.add(operationId);
    else if (type === 'end') this.#begun.delete(operationId);
    else if (type === 'dropped' && typeof operations === 'number') this.#notRecorded += operations;
    else if (type === 'opened' && typeof unsigned === 'number' && unsigned > 0)
      this.#resumed.push({ file, line, sequence, unsigned });
  }

  tear(pieces: readonly AuditPlace[]): void {
    this.#torn.push(...pieces.map(({ file, line }) => ({ file, line })));
  }

  get report(): Pick<AuditReport, 'torn' | 'resumed' | 'unfinished' | 'notRecorded'> {
    const [torn, resumed] = [this.#torn, this.#resumed];
    return { torn, resumed, unfinished: this.#begun.size, notRecorded: this.#notRecorded };
  }
}
