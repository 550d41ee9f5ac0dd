import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeptRows } from './kept-rows.ts';

function kept(most = 100) {
  const table = new Map<string, string>();
  const asked: string[][] = [];
  const state = { now: 0, gate: Promise.resolve(), fail: false };
  const rows = new KeptRows<{ id: string; value: string }>({
    load: async (ids) => {
      asked.push([...ids]);
      const answer = ids.flatMap((id) => (table.has(id) ? [{ id, value: table.get(id) ?? '' }] : []));
      await state.gate;
      if (state.fail) throw new Error('away');
      return answer;
    },
    idOf: ({ id }) => id,
    nowMs: () => state.now,
    most,
  });
  const get = async (...ids: string[]) =>
    Object.fromEntries([...(await rows.get(ids, 1_000))].map(([id, { value }]) => [id, value]));
  return { table, asked, state, rows, get };
}

test('what is known is not asked for again; what is not there is', async () => {
  const { table, asked, get } = kept();
  table.set('a', '1');
  expect(await get('a', 'b')).toEqual({ a: '1' });
  expect(await get('a', 'b')).toEqual({ a: '1' });
  expect(asked).toEqual([['a', 'b'], ['b']]);
});

test('what is too old, or told to have changed, is asked for again', async () => {
  const { table, asked, state, rows, get } = kept();
  table.set('a', '1');
  await get('a');
  state.now = 1_001;
  table.set('a', '2');
  expect(await get('a')).toEqual({ a: '2' });
  table.delete('a');
  rows.expire();
  expect(await get('a')).toEqual({});
  expect(asked).toHaveLength(3);
});

test('all who wait while one question is under way are answered by the next', async () => {
  const { table, asked, state, get } = kept();
  for (const id of 'abcd') table.set(id, id);
  const gate = Promise.withResolvers<void>();
  state.gate = gate.promise;
  const first = get('a');
  await Promise.resolve().then(() => {});
  const others = [get('b'), get('c', 'b'), get('d', 'a')];
  gate.resolve();
  expect(await first).toEqual({ a: 'a' });
  expect(await Promise.all(others)).toEqual([{ b: 'b' }, { c: 'c', b: 'b' }, { d: 'd', a: 'a' }]);
  expect(asked).toEqual([['a'], ['b', 'c', 'd', 'a']]);
});

test('an answer that was overtaken by a change is given once and not kept', async () => {
  const { table, state, rows, get } = kept();
  table.set('a', 'old');
  const gate = Promise.withResolvers<void>();
  state.gate = gate.promise;
  const early = get('a');
  await new Promise((resolve) => setImmediate(resolve));
  table.set('a', 'new');
  rows.expire();
  gate.resolve();
  expect(await early).toEqual({ a: 'old' });
  expect(await get('a')).toEqual({ a: 'new' });
});

test('a question that fails fails for those who asked it, and for nobody after them', async () => {
  const { table, state, get } = kept();
  table.set('a', '1');
  state.fail = true;
  await expect(Promise.all([get('a'), get('a')])).rejects.toThrow('away');
  state.fail = false;
  expect(await get('a')).toEqual({ a: '1' });
});

test('property: it never holds more than it may, and always answers as the table does', async () => {
  const id = fc.constantFrom(...'abcdefgh');
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(id, { maxLength: 8 }), { maxLength: 20 }), async (rounds) => {
      const { table, rows, get } = kept(3);
      for (const known of 'abcdef') table.set(known, known);
      for (const ids of rounds) {
        expect(Object.keys(await get(...ids)).sort()).toEqual(
          [...new Set(ids)].filter((x) => table.has(x)).sort(),
        );
        expect(rows.size).toBeLessThanOrEqual(3);
      }
    }),
  );
});
