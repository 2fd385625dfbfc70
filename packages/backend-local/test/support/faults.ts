import { type FileSystem, nodeFileSystem } from '../../src/filesystem.ts';

/** Which call fails, how, and whether it is done all the same. */
export interface Fault {
  /** The n-th call of all, from 1. */
  readonly at: number;
  readonly code: string;
  /** Whether every later call fails, too. */
  readonly forGood: boolean;
  /** Whether the call is done before it fails. */
  readonly applied: boolean;
}

export interface FaultyFileSystem {
  readonly fs: FileSystem;
  /** The names of all calls so far. */
  readonly calls: string[];
}

type Call = (...parameters: unknown[]) => Promise<unknown>;

/** The real file system, with one fault in it. */
export function faultyFileSystem(fault: Fault | undefined): FaultyFileSystem {
  const calls: string[] = [];
  const wrapped = Object.entries(nodeFileSystem).map(([name, call]) => {
    const faulty: Call = async (...parameters) => {
      calls.push(name);
      const fails = fault !== undefined && (fault.forGood ? calls.length >= fault.at : calls.length === fault.at);
      // A descriptor is gone after `close`, whatever that says.
      const applied = !fails || fault.applied || name.startsWith('close');
      const result = applied ? await (call as Call)(...parameters) : undefined;
      if (!fails) return result;
      if (name === 'open' && typeof result === 'number') await nodeFileSystem.close(result);
      throw Object.assign(new Error(`${fault.code}: injected, ${name}`), { code: fault.code, syscall: name });
    };
    return [name, faulty];
  });
  return { fs: Object.fromEntries(wrapped) as FileSystem, calls };
}
