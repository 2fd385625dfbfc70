import type { Entry } from '../contender.ts';
import { artifacts, artifactsInProcess } from './artifacts.ts';
import { cacacheDefault, cacacheSha256 } from './cacache.ts';
import { filesSdk } from './files-sdk.ts';
import { flydrive } from './flydrive.ts';
import { flystorage } from './flystorage.ts';
import { rawDurable, rawFileOnly } from './raw.ts';
import { unstorage } from './unstorage.ts';

export const entries: readonly Entry[] = [
  artifacts,
  artifactsInProcess,
  rawDurable,
  rawFileOnly,
  cacacheDefault,
  cacacheSha256,
  filesSdk,
  flydrive,
  flystorage,
  unstorage,
];
