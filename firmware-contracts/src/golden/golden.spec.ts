import { type KeyObject, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openDelivery } from '../inbox.ts';
import { keyIdOf, ringOf } from '../keys.ts';
import { badSamples } from './bad.ts';
import { boundary, counters, gauges, onDemand, records, unsynchronised } from './batches.ts';
import { withGenerated } from './document.ts';
import { emitFixtures } from './fixtures.ts';
import { goodSamples, type Sample } from './good.ts';
import { HUB_KEYS, VALUES } from './messages.ts';
import { CERTIFICATES, IDS, KEYS } from './world.ts';

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

describe('the certificate of the hub', () => {
  const [ca, hub] = [CERTIFICATES.ca, CERTIFICATES.hub].map((bytes) => new X509Certificate(bytes));

  it('is of the CA, which is its own', () => {
    expect(hub?.verify(ca?.publicKey as KeyObject)).toBe(true);
    expect(hub?.checkIssued(ca as X509Certificate)).toBe(true);
    expect(ca?.verify(ca.publicKey)).toBe(true);
    expect([ca?.ca, hub?.ca]).toEqual([true, false]);
  });

  it('is named after its key', () => {
    const { x = '' } = hub?.publicKey.export({ format: 'jwk' }) ?? {};
    const id = keyIdOf(Buffer.from(x, 'base64url'));
    expect(hub?.subject).toBe(`CN=ml1-hub-${id}`);
    expect(HUB_KEYS.keys[0]?.id).toBe(id);
  });
});

describe('the world of the examples', () => {
  const journal = [gauges(), counters(), unsynchronised(), boundary(), onDemand()];
  const digestOf = new Map(journal.map(({ head, digest }) => [head.batch, digest]));

  it('is one chain: each batch names the one before', () => {
    for (const { head } of journal.slice(1)) expect(head.previous).toBe(digestOf.get(head.batch - 1));
    expect(records().head.previous).toBeNull();
  });

  it('has a receipt that tells of this very chain', () => {
    const [receipt] = VALUES.receipt.journals;
    expect(receipt?.journal).toBe(IDS.journal);
    expect(receipt?.chain?.digest).toBe(digestOf.get(receipt?.chain?.batch ?? 0));
    // The chain is whole as far as the watermark: the batch after it is missing.
    const last = journal.find(({ head }) => head.batch === receipt?.chain?.batch);
    expect(last?.head.last).toBe(receipt?.watermark);
  });
});

describe('the document', () => {
  it('gives counts and gauges units of their own', () => {
    const names = ['limits', 'units', 'quantities', 'quality', 'refusals', 'example'];
    const text = withGenerated(names.map((name) => `<!-- ${name} -->\n<!-- /${name} -->`).join('\n'));
    const part = (name: string) => text.split(`<!-- ${name} -->`)[1]?.split(`<!-- /${name} -->`)[0] ?? '';
    expect(part('units')).toContain('| `mV` | 1000 = 1 V |');
    expect(part('units')).not.toMatch(/Wh|varh|VAh|`mL`|pulse/);
    expect(part('quantities').trim()).toBe('`Wh`, `varh`, `VAh`, `mL`, `pulse`');
  });
});
