import type { HarnessFactory } from '../harness.ts';
import { errorText } from './error-text.ts';
import { isMisuse, misuse } from './options.ts';
import type { Subject } from './report.ts';

/**
 * Asks the backend what it is, before any rule. Rules write and delete, so a storage that holds anything is not touched.
 *
 * @throws `INVALID_ARGUMENT` when there is no harness, no backend or no empty storage.
 */
export async function examine(factory: HarnessFactory): Promise<Subject> {
  try {
    const harness = await factory();
    try {
      const backend = await harness.open();
      for await (const { key } of backend.list({ prefix: '' })) {
        throw misuse('module', `the storage is not empty, it has "${key}": give every call a fresh one of its own`);
      }
      return { name: harness.name ?? backend.name, capabilities: await backend.capabilities() };
    } finally {
      await harness.dispose?.();
    }
  } catch (error) {
    throw isMisuse(error) ? error : misuse('module', `the backend cannot be tested: ${errorText(error)}`, error);
  }
}
