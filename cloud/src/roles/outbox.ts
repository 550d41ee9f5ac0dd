import type { Database } from '../platform/db/index.ts';
import { type EventHandler, Listener, OUTBOX_CHANNEL, OutboxDispatcher } from '../platform/db/index.ts';
import { inSpan, type Logger } from '../platform/telemetry/index.ts';
import type { Step } from './lifecycle.ts';

/** Who delivers the events of a topic. */
export type EventRoutes = Readonly<Record<string, EventHandler>>;

export interface DispatchOptions {
  readonly db: Database;
  readonly url: string;
  readonly routes: EventRoutes;
  readonly logger: Logger;
}

export function dispatchStep({ db, url, routes, logger }: DispatchOptions): Step {
  const dispatcher = new OutboxDispatcher({
    db,
    handle: (event, signal) => deliver(routes, event, signal),
    onError: (error) => logger.warn({ err: error }, 'the outbox cannot be read at the moment'),
  });
  const listener = new Listener({
    url,
    setting: 'database.workerUrl',
    channel: OUTBOX_CHANNEL,
    onNotify: dispatcher.wake,
    onLost: (error) =>
      logger.warn({ err: error }, 'the outbox is polled until its listener is connected again'),
  });
  return {
    name: 'outbox',
    async start() {
      dispatcher.start();
      listener.start();
    },
    async stop() {
      await Promise.all([listener.stop(), dispatcher.stop()]);
    },
  };
}

const deliver: (routes: EventRoutes, ...call: Parameters<EventHandler>) => ReturnType<EventHandler> = (
  routes,
  event,
  signal,
) => {
  const handler = Object.hasOwn(routes, event.topic) ? routes[event.topic] : undefined;
  if (!handler)
    return Promise.resolve({ kind: 'reject', reason: `no part of this version delivers ${event.topic}` });
  return inSpan(`event ${event.topic}`, { 'event.id': event.id }, () => handler(event, signal));
};
