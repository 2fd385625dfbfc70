import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { ArtifactMetadata, ArtifactStore } from '@artifacts/core';

import { filesIn, unusable, type SourceFile } from './files.ts';
import { count, integer, printable, size } from './format.ts';
import { homeName, prepareHome, type Home } from './home.ts';
import { Measurements } from './measurements.ts';
import { openStore } from './open-store.ts';
import { Progress } from './progress.ts';
import { bytesOnDisk, compareWithDisk, downloadAll } from './read-back.ts';
import { printListing, printMeasurements, printProblems, printSkipped } from './report.ts';
import { sampleFiles } from './sample.ts';
import { copyAndFlip, examine, filesOfStore } from './tamper.ts';
import { uploadAll, type UploadedFile } from './upload.ts';

/** Stores the files of a folder, or of this workspace, reads them back, and shows that a changed byte is refused. */
export async function quickstart(folder: string | undefined): Promise<void> {
  const found = folder === undefined ? await sampleFiles() : await filesIn(folder);
  printSkipped(found);
  const nothing = unusable(folder ?? 'this workspace', 'has no file that can be stored');
  if (found.files.length === 0) throw nothing;

  // File systems round the times of files, so the run begins a little earlier.
  const startedAt = Date.now() - 1000;
  const home = await prepareHome();
  const measurements = new Measurements();
  await using store = openStore(home.storeRoot, home.signingKey, [measurements]);

  const uploaded = await storeFiles(store, found.files, measurements);
  const largest = uploaded.toSorted((a, b) => b.metadata.sizeBytes - a.metadata.sizeBytes)[0];
  if (largest === undefined) throw nothing;
  const listed = await listArtifacts(store, uploaded.length, measurements);
  await readBack(store, uploaded, measurements);
  await readRange(store, largest, measurements);
  await showRefusal(home, startedAt, listed);

  printMeasurements(measurements.steps);
  const sizeOnDisk = (await filesOfStore(home.storeRoot)).reduce((sum, file) => sum + file.sizeOnDisk, 0);
  console.log(`\nThe store takes ${size(sizeOnDisk)} on disk, in ${homeName}. To remove it: rm -r ${homeName}`);
  if (largest.metadata.generation > 1)
    console.log('Large content that was replaced is part of that: this version does not remove it yet.');
}

async function storeFiles(
  store: ArtifactStore,
  files: readonly SourceFile[],
  measurements: Measurements,
): Promise<UploadedFile[]> {
  const bytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  console.log(`storing ${count(files.length, 'file')}, ${size(bytes)}, in ${homeName}`);
  const progress = new Progress('storing', files.length, bytes);
  const done = measurements.begin('stored');
  const { uploaded, problems } = await uploadAll(store, files, progress);
  progress.end();
  const stored = totalSize(uploaded.map(({ metadata }) => metadata));
  done(uploaded.length, stored);
  printProblems('not stored', problems);
  console.log(`stored ${count(uploaded.length, 'file')}, ${size(stored)}`);
  return uploaded;
}

async function listArtifacts(
  store: ArtifactStore,
  ofThisRun: number,
  measurements: Measurements,
): Promise<ArtifactMetadata[]> {
  const done = measurements.begin('listed');
  const listed: ArtifactMetadata[] = [];
  for await (const metadata of store.list()) listed.push(metadata);
  done(listed.length);
  const earlier = listed.length - ofThisRun;
  const note = earlier > 0 ? `, ${integer(earlier)} of them from earlier runs` : '';
  console.log(`listed ${count(listed.length, 'artifact')} and verified their records${note}:`);
  printListing(listed);
  return listed;
}

async function readBack(
  store: ArtifactStore,
  uploaded: readonly UploadedFile[],
  measurements: Measurements,
): Promise<void> {
  const bytes = totalSize(uploaded.map(({ metadata }) => metadata));
  const progress = new Progress('reading back', uploaded.length, bytes);
  const done = measurements.begin('read back');
  const downloaded = await downloadAll(store, uploaded, progress);
  progress.end();
  done(downloaded.length, bytes);
  const problems = await compareWithDisk(downloaded);
  printProblems('differs', problems);
  console.log(
    `read back ${count(downloaded.length, 'artifact')}, of which ${integer(downloaded.length - problems.length)} equal the files on disk`,
  );
}

async function readRange(
  store: ArtifactStore,
  { file, metadata }: UploadedFile,
  measurements: Measurements,
): Promise<void> {
  const start = Math.floor(metadata.sizeBytes / 2);
  const done = measurements.begin('one range');
  const download = await store.download(file.id, { range: { start, end: start + 4096 } });
  const bytes = await download.bytes();
  done(1);
  const { range } = download;
  const onDisk = await bytesOnDisk(file.path, range.start, range.end).catch(() => undefined);
  const verdict = onDisk !== undefined && Buffer.compare(bytes, onDisk) === 0 ? 'equal to' : 'which differ from';
  console.log(
    `read bytes ${integer(range.start)} to ${integer(range.end)} of ${integer(range.size)}, ${verdict} those on disk:`,
  );
  console.log(`  ${printable(file.id)}`);
}

/** The store on a disk that somebody else can write to. The real store is left alone. */
async function showRefusal(home: Home, since: number, listed: readonly ArtifactMetadata[]): Promise<void> {
  const [victim] = (await filesOfStore(home.storeRoot)).filter(({ modifiedAt }) => modifiedAt >= since);
  if (victim === undefined) throw new Error('this run has left no file in its store');
  const folder = await mkdtemp(join(homeName, 'tampered-'));
  try {
    const root = join(folder, 'store');
    await copyAndFlip(home.storeRoot, root, victim.path);
    console.log(`copied the store and flipped one bit of the copy, in a file of ${integer(victim.size)} bytes:`);
    await using store = openStore(root, home.signingKey);
    const progress = new Progress('reading the copy', listed.length, totalSize(listed));
    const { intact, refusals } = await examine(store, progress);
    progress.end();
    for (const { code, message } of refusals) console.log(`  refused with ${code}: ${printable(message)}`);
    console.log(`  ${count(intact, 'other artifact')} read as before\n`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function totalSize(artifacts: readonly ArtifactMetadata[]): number {
  return artifacts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
