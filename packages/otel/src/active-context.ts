import { AsyncLocalStorage } from 'node:async_hooks';

import { context, type Context } from '@opentelemetry/api';

/**
 * What a channel enters around the work that it announces. OpenTelemetry keeps its active context in a storage that nobody else
 * reaches, so this one keeps nothing itself and has the context manager do it.
 */
export class ActiveContext extends AsyncLocalStorage<Context> {
  override run<R, TArgs extends unknown[]>(within: Context, work: (...args: TArgs) => R, ...args: TArgs): R;
  override run<R>(within: Context, work: () => R): R;
  override run<R, TArgs extends unknown[]>(within: Context, work: (...args: TArgs) => R, ...args: TArgs): R {
    return context.with(within, work, undefined, ...args);
  }
}
