import { atomicityMutants } from './atomicity.mjs';
import { concurrencyMutants } from './concurrency.mjs';
import { integrityMutants } from './integrity.mjs';
import { limitsMutants } from './limits.mjs';
import { operationMutants } from './operation.mjs';
import { quotaMutants } from './quotas.mjs';
import { sweepingMutants } from './sweeping.mjs';

/**
 * A source that breaks a guarantee, and where a test of that guarantee must see it.
 *
 * @typedef {object} SourceMutant
 * @property {string} guarantee
 * @property {string} fault What it does, as the end of "a source that ...".
 * @property {string} source The file that is changed,
 * @property {string} text in the one place where this stands,
 * @property {string} replacement to this.
 * @property {string} test The file of the test.
 */

/** @type {SourceMutant[]} */
export const sourceMutants = [
  ...integrityMutants,
  ...atomicityMutants,
  ...concurrencyMutants,
  ...limitsMutants,
  ...quotaMutants,
  ...sweepingMutants,
  ...operationMutants,
];
