import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** A program as one plain file, because Node 20 cannot load TypeScript. */
export async function bundle(name: string, directory: string): Promise<string> {
  const vitest = createRequire(import.meta.url).resolve('vitest/package.json');
  const vite = (await import(pathToFileURL(createRequire(vitest).resolve('vite')).href)) as Vite;
  const conditions = ['@artifacts/source', 'module', 'node'];
  await vite.build({
    configFile: false,
    logLevel: 'error',
    resolve: { conditions },
    ssr: { noExternal: true, resolve: { conditions } },
    build: {
      ssr: fileURLToPath(new URL(`../programs/${name}.ts`, import.meta.url)),
      outDir: directory,
      emptyOutDir: false,
      minify: false,
      target: 'node20',
      rollupOptions: { output: { entryFileNames: `${name}.mjs` } },
    },
  });
  return `${directory}/${name}.mjs`;
}

interface Vite {
  build(config: object): Promise<unknown>;
}
