import { invalidArgument, ArtifactError } from './errors.ts';
import { escapeId, problemOfText, quoted } from './ids.ts';
import type { QuotaOptions } from './quota.ts';

/** What a namespace is opened with. Artifacts of a namespace count for no other quota than its own. */
export interface NamespaceOptions {
  /** How much may be stored in it, over all processes. By default any amount. */
  readonly quota?: QuotaOptions | undefined;
  /** Keeps count of what is stored in it; by default what the store was given. */
  readonly trackUsage?: boolean | undefined;
}

const maxEscapedBytes = 64;

/**
 * Refuses a name that has no keys of its own, and a namespace within a namespace.
 *
 * @throws `INVALID_ARGUMENT` with the field `namespace`, `CONFIGURATION`
 */
export function requireNamespace(name: string, within: string | undefined): void {
  if (within !== undefined) {
    throw new ArtifactError(
      'CONFIGURATION',
      `namespaces do not nest: ask the store itself for ${quoted(name)}, not its namespace ${quoted(within)}`,
      { field: 'namespace' },
    );
  }
  const problem = problemOfNamespace(name);
  if (problem !== undefined) throw invalidArgument('namespace', `namespace ${quoted(name)} ${problem}`);
}

/** Whether a namespace may have this name. */
export function isNamespace(name: string): boolean {
  return problemOfNamespace(name) === undefined;
}

function problemOfNamespace(name: string): string | undefined {
  const problem = problemOfText(name, 'namespace');
  if (problem !== undefined) return problem;
  if (name.includes('/')) return 'has a "/": a namespace is one segment';
  if (name === '.' || name === '..') return 'is not a name';
  if (escapeId(name).length <= maxEscapedBytes) return undefined;
  return `is longer than ${maxEscapedBytes} bytes once escaped (capitals and bytes beyond ASCII count three): shorten it`;
}
