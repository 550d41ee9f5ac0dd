import { describe, expect, it } from 'vitest';
import { type Kept, Session } from './session.ts';

let counter = 0;
const packet = (topic: string, payload = 'x', change: Partial<Kept> = {}): Kept => ({
  cmd: 'publish',
  topic,
  payload,
  qos: 1,
  retain: false,
  dup: false,
  brokerId: 'b',
  brokerCounter: ++counter,
  ...change,
});
const LIMITS = { messages: 3, bytes: 100 };

describe('a session', () => {
  it('grants the best of what was asked for', () => {
    const session = new Session(0);
    session.filters.set('a/#', 0).set('a/b', 1);
    expect([session.granted('a/b'), session.granted('a/c'), session.granted('b')]).toEqual([1, 0, undefined]);
  });

  it('drops the oldest beyond its limits, by number and by bytes, and never the newest', () => {
    const session = new Session(0);
    const dropped = ['1', '2', '3', '4'].map((topic) => session.keep(packet(topic), LIMITS));
    expect(dropped).toEqual([0, 0, 0, 1]);
    expect(session.keep(packet('5', 'y'.repeat(500)), LIMITS)).toBe(3);
    expect(session.queue.map(({ topic }) => topic)).toEqual(['5']);
    expect(session.keep(packet('6'), LIMITS)).toBe(1);
    expect(session.keep(packet('7'), LIMITS)).toBe(0);
  });

  it('keeps only the newest state of a topic, unless the older one has gone out', () => {
    const session = new Session(0);
    const first = packet('config', 'one', { latest: true });
    session.keep(first, LIMITS);
    session.keep(packet('config', 'two', { latest: true }), LIMITS);
    expect(session.queue.map(({ payload }) => payload)).toEqual(['two']);
    session.number({ ...packet('config'), ...session.queue[0], messageId: 7 });
    session.keep(packet('config', 'three', { latest: true }), LIMITS);
    expect(session.queue.map(({ payload }) => payload)).toEqual(['two', 'three']);
  });

  it('forgets what was acknowledged, by the number it went out with', () => {
    const session = new Session(0);
    const one = packet('a');
    session.keep(one, LIMITS);
    session.keep(packet('b'), LIMITS);
    session.number({ ...one, messageId: 9 });
    expect(session.acknowledge(8)).toBeUndefined();
    expect(session.acknowledge(9)?.topic).toBe('a');
    expect(session.acknowledge(9)).toBeUndefined();
    expect(session.queue).toHaveLength(1);
  });

  it('does not mind that a message was dropped before it got its number', () => {
    const session = new Session(0);
    expect(() => session.number({ ...packet('gone'), messageId: 3 })).not.toThrow();
  });
});
