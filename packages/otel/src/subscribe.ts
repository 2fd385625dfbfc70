import { tracingChannel } from 'node:diagnostics_channel';

import { context, type Context } from '@opentelemetry/api';

import { ActiveContext } from './active-context.ts';

/** Makes spans of the messages of one channel. A message is the same object from its start to its end. */
export interface Spans<Message extends object> {
  /** Begins the span, if that has not been done, and gives the context with it. */
  start(message: Message): Context;
  end(message: Message): void;
}

/** Has `spans` hear a channel until the function that it gives is called. */
export function subscribe<Message extends object>(name: string, spans: Spans<Message>): () => void {
  const { start, asyncEnd } = tracingChannel<Context, Message>(name);
  const begin = (message: unknown) => guarded(context.active(), () => spans.start(message as Message));
  const end = (message: unknown) => guarded(undefined, () => spans.end(message as Message));
  const active = new ActiveContext();
  // Comes before the subscriber, which hears of what is not run within anything.
  start.bindStore(active, begin);
  start.subscribe(begin);
  asyncEnd.subscribe(end);
  return () => {
    start.unbindStore(active);
    start.unsubscribe(begin);
    asyncEnd.unsubscribe(end);
  };
}

let failed = false;

/** What a channel's subscriber throws ends the process, and a tracer that fails must not. */
function guarded<T>(otherwise: T, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!failed) {
      const what = error instanceof Error ? error.message : 'something that is not an Error';
      process.emitWarning(
        `a tracer of the artifact store threw: ${what}; later ones are not told`,
        'ArtifactTracingWarning',
      );
    }
    failed = true;
    return otherwise;
  }
}
