import { expect, it } from 'vitest';
import { toldEvents } from './features.ts';

it.each<[string, object, 'warn' | 'debug']>([
  ['gateway.cloned', { gateway: 'g' }, 'warn'],
  ['gateway.gap', { state: 'open' }, 'warn'],
  ['gateway.gap', { state: 'closed' }, 'debug'],
  ['meter.suspect', { state: 'proposed' }, 'warn'],
  ['meter.suspect', { state: 'withdrawn' }, 'debug'],
  ['usage.changed', { points: [] }, 'debug'],
  ['meter.added', { meter: 'm' }, 'debug'],
])('%s %j is told as %s', async (topic, payload, level) => {
  const said: unknown[] = [];
  const log = (as: string) => (line: object) => void said.push([as, line]);
  const routes = toldEvents({ warn: log('warn'), debug: log('debug') } as never);
  const event = { id: 'e', organisation: 'o', topic, key: null, payload, attempts: 0 };
  expect(await routes[topic]?.(event, AbortSignal.timeout(1_000))).toEqual({ kind: 'done' });
  expect(said).toEqual([[level, { topic, organisation: 'o', event: payload }]]);
});
