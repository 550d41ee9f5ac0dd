import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GatewayId } from './ids.ts';
import { CHANNELS, gatewayFilter, mayPublish, maySubscribe, parseTopic, topicOf } from './topics.ts';

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

  it.each([
    gatewayFilter(gateway),
    `ml/1/${gateway}/down/receipt`,
    `ml/1/${gateway}/down/receipt/z`,
    `ml/1/${gateway}/down/+`,
    `ml/1/${gateway}/down/+/z`,
    `ml/1/${gateway}/down/config/#`,
  ])('lets a gateway subscribe to %s', (filter) => {
    expect(maySubscribe(gateway, filter)).toBe(true);
    expect(maySubscribe(other, filter)).toBe(false);
  });

  it.each([
    '#',
    '+/#',
    'ml/#',
    'ml/1/#',
    'ml/1/+/down/#',
    `ml/+/${gateway}/down/#`,
    `ml/1/${gateway}`,
    `ml/1/${gateway}/#`,
    `ml/1/${gateway}/+/receipt`,
    `ml/1/${gateway}/up/#`,
    `ml/1/${gateway}/live`,
    `ml/1/${gateway}/down`,
    `ml/1/${gateway}/down/`,
    `ml/1/${gateway}/down/#/x`,
    `ml/1/${gateway}/down/a/b/c`,
    `ml/1/${gateway}/down/a+`,
    `ml/1/${other}/down/#`,
    `$share/x/ml/1/${gateway}/down/#`,
    `$queue/ml/1/${gateway}/down/#`,
    '$SYS/#',
    `ml/1/${gateway}/down/../../${other}/down/#`,
  ])('does not let it subscribe to %s', (filter) => expect(maySubscribe(gateway, filter)).toBe(false));

  it('never lets a filter in that would match a topic of another', () => {
    const level = fc.constantFrom('ml', '1', '+', '#', gateway, other, 'down', 'up', 'receipt', '$share', '');
    fc.assert(
      fc.property(fc.array(level, { maxLength: 7 }), (levels) => {
        const filter = levels.join('/');
        if (maySubscribe(gateway, filter)) expect(filter.startsWith(`ml/1/${gateway}/down/`)).toBe(true);
      }),
    );
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
