import type { Suite } from '../suite.ts';
import { fsync } from './fsync.ts';
import { listing } from './listing.ts';
import { memory } from './memory.ts';
import { range } from './range.ts';
import { small } from './small.ts';
import { stream } from './stream.ts';

export const suites: readonly Suite[] = [small, stream, fsync, memory, range, listing];
