import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

import type { OtherProcess } from '../harness.ts';
import { errorOf } from './failure.ts';
import type { Answer, Contended, Failure, Message, Request, WholeResult } from './messages.ts';

// Node runs no sources: from there the program is the one that was built.
const program = import.meta.url.endsWith('.ts') ? '../../dist/processes/worker.js' : './worker.js';

/** A handle that lives in a process of its own. */
export interface ProcessHandle extends Contended {
  /** Starts a write whose body gives `bytes` and then waits for ever; resolves when it waits. */
  writeHalf(key: string, bytes: Uint8Array): Promise<void>;
  /** Kills the process where it stands. */
  kill(): Promise<void>;
}

export async function openInProcess({ module, data }: OtherProcess): Promise<ProcessHandle> {
  // Without the flags of this process: those of a test runner are for its own modules.
  const child = fork(new URL(program, import.meta.url), { serialization: 'advanced', execArgv: [] });
  const ask = asking(child);
  const handle: ProcessHandle = {
    write: (...args) => ask({ call: 'write', args }),
    read: async (...args) => {
      const result = await ask<WholeResult>({ call: 'read', args });
      return result.status === 'found' ? { ...result, body: again(result.body) } : result;
    },
    delete: (...args) => ask({ call: 'delete', args }),
    writeHalf: (key, bytes) => ask({ call: 'writeHalf', key, bytes }),
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    },
  };
  try {
    await ask({ call: 'open', module: String(module), data });
  } catch (error) {
    await handle.kill();
    throw error;
  }
  return handle;
}

function asking(child: ChildProcess): <T>(request: Request) => Promise<T> {
  const waiting = new Map<number, (result: Answer['result']) => void>();
  let asked = 0;
  const settle = ({ id, result }: Answer) => {
    waiting.get(id)?.(result);
    waiting.delete(id);
  };
  child.on('message', settle);
  child.once('exit', () => {
    const result: Failure = { message: 'the other process has ended', retryable: false };
    for (const id of waiting.keys()) settle({ id, result });
  });
  return async <T>(request: Request) => {
    asked += 1;
    const message: Message = { id: asked, request };
    const result = await new Promise<Answer['result']>((resolve, reject) => {
      waiting.set(message.id, resolve);
      child.send(message, (error) => {
        if (error !== null) reject(error);
      });
    });
    if ('value' in result) return result.value as T;
    throw errorOf(result);
  };
}

async function* again(body: Uint8Array | Failure): AsyncGenerator<Uint8Array> {
  if (!(body instanceof Uint8Array)) throw errorOf(body);
  if (body.length > 0) yield body;
}
