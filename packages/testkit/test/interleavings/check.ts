import type { Artifact } from './client.ts';
import type { Event } from './linearise.ts';
import type { Medium } from './medium.ts';
import type { View } from './view.ts';

/** A run that came to its end: nobody will make another call. */
export interface Ending {
  readonly events: readonly Event[];
  readonly initial: Artifact | undefined;
  readonly medium: Medium;
  readonly view: View;
  /** What sweeps leave of it days later, when everything that expires has expired. */
  readonly later: () => Promise<Medium>;
  /** Whether somebody crashed, or an answer was lost. */
  readonly disturbed: boolean;
}

/** One promise about endings. Gives what is wrong, or `undefined`. */
export interface Check {
  readonly title: string;
  readonly guarantee: `I-${number}` | 'Retention';
  broken(ending: Ending): string | undefined | Promise<string | undefined>;
}
