import { mkdir } from 'node:fs/promises';

import { eachAtOnce } from '../at-once.ts';
import { randomBytes } from '../content.ts';
import { entries } from '../contenders/all.ts';

/** Uploads small objects with one of the contenders, for somebody who watches from outside. */
export async function putSome({
  contender,
  root,
  objects,
  atOnce,
}: {
  readonly contender: string;
  readonly root: string;
  readonly objects: number;
  readonly atOnce: number;
}): Promise<{ readonly objects: number }> {
  const entry = entries.find(({ name }) => name === contender);
  if (entry === undefined) throw new Error(`nobody is called ${contender}`);
  await mkdir(root);
  const opened = entry.open(root);
  const keys = Array.from({ length: objects }, (_, index) => `key-${index}`);
  await eachAtOnce(keys, atOnce, (key) => opened.put(key, randomBytes(1024)));
  return { objects };
}
