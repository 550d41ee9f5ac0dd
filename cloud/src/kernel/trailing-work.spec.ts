import { expect, test } from 'vitest';
import { TrailingWork } from './trailing-work.ts';

test('runs after whoever added it went on, one after another', async () => {
  const trailing = new TrailingWork();
  const seen: string[] = [];
  for (const name of ['a', 'b'])
    trailing.add(async () => {
      seen.push(`${name} begins`);
      await new Promise(setImmediate);
      seen.push(`${name} ends`);
    });
  seen.push('answer');
  await trailing.settled();
  expect(seen).toEqual(['answer', 'a begins', 'a ends', 'b begins', 'b ends']);
});

test('takes on only so much, and again when there is room', async () => {
  const trailing = new TrailingWork(2);
  const work = () => Promise.resolve();
  expect([trailing.add(work), trailing.add(work), trailing.add(work)]).toEqual([true, true, false]);
  await trailing.settled();
  expect(trailing.add(work)).toBe(true);
});

test('trouble keeps nothing else back, and is told once', async () => {
  const trailing = new TrailingWork();
  let done = false;
  trailing.add(() => Promise.reject(new RangeError('away')));
  trailing.add(async () => {
    done = true;
  });
  await expect(trailing.settled()).rejects.toMatchObject({ errors: [new RangeError('away')] });
  expect(done).toBe(true);
  await trailing.settled();
});
