import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * Programs that tests run as processes of their own. They are written in TypeScript and run on the sources, which Node 20
 * cannot load, so vitest's own vite makes one plain file of each.
 */
export async function bundle(program: string, directory: string): Promise<string> {
  const vitest = createRequire(import.meta.url).resolve('vitest/package.json');
  const vite = (await import(pathToFileURL(createRequire(vitest).resolve('vite')).href)) as Vite;
  const conditions = ['@artifacts/source', 'module', 'node'];
  await vite.build({
    configFile: false,
    logLevel: 'error',
    resolve: { conditions },
    ssr: { noExternal: true, resolve: { conditions } },
    build: {
      ssr: fileURLToPath(new URL(`../programs/${program}.ts`, import.meta.url)),
      outDir: directory,
      emptyOutDir: false,
      minify: false,
      target: 'node20',
      rollupOptions: { output: { entryFileNames: `${program}.mjs` } },
    },
  });
  return `${directory}/${program}.mjs`;
}

interface Vite {
  build(config: object): Promise<unknown>;
}

/** A running program and what it said. */
export interface Running {
  readonly child: ChildProcess;
  /** Whole lines of its standard output, as they come. */
  readonly lines: string[];
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

export function run(program: string, ...parameters: string[]): Running {
  return watch(spawn(process.execPath, [program, ...parameters], { stdio: ['ignore', 'pipe', 'inherit'] }));
}

export function watch(child: ChildProcess): Running {
  const lines: string[] = [];
  let rest = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
  });
  const ended = once(child, 'close').then(([code, signal]: unknown[]) => (code ?? signal) as number | string);
  return { child, lines, ended };
}
