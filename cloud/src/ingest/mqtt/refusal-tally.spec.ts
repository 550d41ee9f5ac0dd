import { describe, expect, it } from 'vitest';
import { type RefusalCount, RefusalTally } from './refusal-tally.ts';

async function taken(tally: RefusalTally): Promise<readonly RefusalCount[]> {
  let all: readonly RefusalCount[] = [];
  await tally.flush(async (counts) => {
    all = counts;
  });
  return all;
}

describe('what the door turned away', () => {
  it('is one row for each gateway and reason, and written once', async () => {
    const tally = new RefusalTally();
    for (let i = 0; i < 1_000; i += 1) tally.add('not-authenticated', undefined);
    tally.add('publish-topic', 'a');
    tally.add('publish-topic', 'a');
    expect(await taken(tally)).toEqual([
      { gateway: null, reason: 'not-authenticated', count: 1_000 },
      { gateway: 'a', reason: 'publish-topic', count: 2 },
    ]);
    expect(await taken(tally)).toEqual([]);
  });

  it('stays counted when it could not be written', async () => {
    const tally = new RefusalTally();
    tally.add('will', 'a');
    const lost = tally.flush(async () => {
      tally.add('will', 'a');
      throw new Error('no database');
    });
    await expect(lost).rejects.toThrow('no database');
    expect(await taken(tally)).toEqual([{ gateway: 'a', reason: 'will', count: 2 }]);
  });

  it('takes no more room however many come, and loses none of them', async () => {
    const tally = new RefusalTally(3);
    for (let i = 0; i < 100; i += 1) tally.add('publish-topic', `gateway ${i}`);
    const counts = await taken(tally);
    expect(counts.length).toBeLessThanOrEqual(4);
    expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(100);
  });
});
