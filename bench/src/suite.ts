import type { SuiteResult } from './results.ts';
import type { Scratch } from './scratch.ts';
import type { Settings } from './settings.ts';

export interface Suite {
  readonly name: string;
  run(settings: Settings, scratch: Scratch): Promise<SuiteResult>;
}
