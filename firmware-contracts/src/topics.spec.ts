import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GatewayId } from './ids.ts';
import { CHANNELS, mayPublish, parseTopic, topicOf } from './topics.ts';

const gateway = '0198c0de-0000-7000-8000-000000000001' as GatewayId;
const other = '0198c0de-0000-7000-8000-000000000002' as GatewayId;

describe('topics', () => {
  it('reads back what it built', () => {
    fc.assert(
      fc.property(fc.constantFrom(...CHANNELS), fc.boolean(), (channel, deflated) => {
        const topic = { gateway, channel, deflated };
        expect(parseTopic(topicOf(topic))).toEqual(topic);
      }),
    );
  });

  it.each([
    '',
    'ml/1',
    'ml/1/',
    `ml/1/${gateway}`,
    `ml/1/${gateway}/`,
    `ml/2/${gateway}/up/readings`,
    `ml/1/${gateway}/up/readings/`,
    `ml/1/${gateway}/up/readings/z/z`,
    `ml/1/${gateway}/up/#`,
    'ml/1/+/up/readings',
    `ml/1/${gateway.toUpperCase()}/up/readings`,
    `/ml/1/${gateway}/up/readings`,
    `ml/1/${gateway}/up/${'x'.repeat(1e5)}`,
  ])('does not know %s', (topic) => {
    expect(parseTopic(topic)).toBeUndefined();
  });

  it('never throws on any text', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseTopic(text)));
  });

  it('lets a gateway publish upwards and under its own name only', () => {
    expect(mayPublish(gateway, topicOf({ gateway, channel: 'up/readings', deflated: true }))).toBe(true);
    expect(mayPublish(gateway, topicOf({ gateway, channel: 'live', deflated: false }))).toBe(true);
    expect(mayPublish(gateway, topicOf({ gateway, channel: 'down/command', deflated: false }))).toBe(false);
    expect(mayPublish(gateway, topicOf({ gateway: other, channel: 'up/readings', deflated: false }))).toBe(
      false,
    );
  });
});
