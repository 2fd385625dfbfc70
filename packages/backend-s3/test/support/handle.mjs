// What another process loads to open the storage of a test.
import { s3Backend } from '@artifacts/backend-s3';

export const open = (options) => s3Backend(options);
