import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { linkOf, type Neighbours } from '../chain.ts';
import { openDelivery } from '../inbox.ts';
import { ringOf, verifierOf } from '../keys.ts';

interface Case {
  readonly topic: string;
  readonly publicKey: string;
  readonly payload: { readonly text: string };
}

const folder = new URL('../../fixtures/stranger/', import.meta.url);

/** Sealed by `fixtures/verify.py` from the document alone: another language, another spelling of the JSON. */
const batches = readdirSync(folder)
  .map((file) => {
    const { topic, publicKey, payload } = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Case;
    const key = verifierOf(publicKey);
    if (!key.ok) throw new Error(key.detail);
    const opened = openDelivery(topic, Buffer.from(payload.text), () => ringOf(key.key));
    if (!opened.ok) throw new Error(`${file}: ${opened.reason}: ${opened.detail}`);
    if (opened.delivery.is !== 'batch') throw new Error(`${file} is no batch`);
    return opened.delivery.batch;
  })
  .toSorted((a, b) => a.head.batch - b.head.batch);

describe('batches of another implementation', () => {
  it('open, all three kinds', () => {
    expect(batches.map(({ type }) => type)).toEqual(['records', 'readings', 'boundary']);
  });

  it('form a chain', () => {
    const links = batches.map(({ head, digest }, i): string => {
      const before = batches[i - 1]?.digest;
      const known: Neighbours = before === undefined ? {} : { before };
      return linkOf(head, digest, known);
    });
    expect(links).toEqual(['linked', 'linked', 'linked']);
  });

  it('say what was meant', () => {
    const [, readings, boundary] = batches;
    expect(readings?.type === 'readings' && readings.columns.v).toEqual([230_100, -5, 229_900, null]);
    expect(boundary?.type === 'boundary' && boundary.leaves[1]?.value).toBe('9223372036854775806');
  });
});
