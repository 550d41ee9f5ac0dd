import { describe, expect, it } from 'vitest';
import { openDelivery } from '../inbox.ts';
import { ringOf } from '../keys.ts';
import { badSamples } from './bad.ts';
import { emitFixtures } from './fixtures.ts';
import { goodSamples, type Sample } from './good.ts';
import { KEYS } from './world.ts';

const open = ({ topic, payload }: Sample) =>
  openDelivery(topic, payload, () => ringOf((topic.includes('/down/') ? KEYS.hub : KEYS.gateway).verifier));

describe('a good message', () => {
  it.each(goodSamples().map((sample) => [sample.name, sample] as const))('%s opens', (_, sample) => {
    const opened = open(sample);
    expect(opened.ok ? 'opened' : opened).toBe('opened');
  });
});

describe('a bad message', () => {
  it.each(badSamples().map((sample) => [sample.name, sample] as const))('%s is refused', (_, sample) => {
    const opened = open(sample);
    expect(opened.ok ? 'opened' : opened.reason).toBe(sample.reason);
    expect(opened.ok ? '' : opened.detail).not.toBe('');
  });

  it('has a name of its own', () => {
    const names = badSamples().map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('fixtures', () => {
  it('never hold a private key but those made for them', () => {
    const seeds = Object.values(KEYS).map(({ seed }) => seed.toString('hex'));
    for (const [name, text] of emitFixtures()) {
      if (name !== 'keys.json') expect(seeds.some((seed) => text.includes(seed))).toBe(false);
    }
  });
});
