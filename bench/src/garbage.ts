import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

// Not a flag of the process: the command line that a reader types stays the one that is documented.
setFlagsFromString('--expose-gc');

/** Frees at once what nothing refers to. */
export const collectGarbage = runInNewContext('gc') as () => void;
