// What another process loads to open the storage of a test.
import { localBackend } from '@artifacts/backend-local';

export const open = (options) => localBackend(options);
