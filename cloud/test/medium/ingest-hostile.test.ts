import { afterAll, beforeAll, expect, it } from 'vitest';
import { attacksOn, type Ground } from '../support/attacks.ts';
import { TestGateway } from '../support/gateway.ts';
import { IngestStage } from '../support/ingest-stage.ts';

const MESSAGES = 4_000;
const AT_ONCE = 200;
const LETTERS = 50;

let stage: IngestStage;
beforeAll(async () => {
  stage = await IngestStage.open({ limits: { letters: { count: LETTERS, bytes: 256 * 1024 } } });
});
afterAll(() => stage?.close());

async function ground(): Promise<Ground> {
  const now = Date.now();
  const [victim, other] = [new TestGateway('victim'), new TestGateway('other')];
  await stage.addGateway(victim);
  await stage.addGateway(other);
  const start = victim.start(now).payload;
  await stage.send(victim, start);
  await stage.send(other, other.start(now).payload);
  const good = victim.gauges([{ point: victim.point(1), time: now, value: 1 }], now).payload;
  return { victim, start, good, other, now };
}

it(`believes none of ${MESSAGES} hostile messages, and accounts for each`, async () => {
  const stands = await ground();
  const { good, victim, other: honest } = stands;
  const kinds = attacksOn(stands);
  const expected = new Map<string, number>();
  const got = new Map<string, number>();
  const before = await stage.count('batch');
  // The batch that clones contradict must be there first.
  expect(await stage.send(victim, good)).toEqual({ kind: 'stored' });
  for (let n = 0; n < MESSAGES; n += AT_ONCE) {
    const sent = Array.from({ length: AT_ONCE }, (_, i) => {
      const attack = kinds[(n + i) % kinds.length];
      if (!attack) throw new Error('there are kinds of attacks');
      const { as, payload, topic } = attack.make(n + i);
      expected.set(attack.reason, (expected.get(attack.reason) ?? 0) + 1);
      return stage.send(as, payload, topic ?? as.topic);
    });
    for (const settled of await Promise.all(sent)) {
      const reason = settled.kind === 'refused' ? settled.reason : settled.kind;
      got.set(reason, (got.get(reason) ?? 0) + 1);
    }
  }
  expect(Object.fromEntries(got)).toEqual(Object.fromEntries(expected));
  expect(await stage.count('batch')).toBe(before + 1);
  const refused = MESSAGES - (expected.get('repeat') ?? 0);
  const [counted] = await stage.rows<{ n: number }>('select sum(messages)::int as n from refusal_count');
  expect(counted?.n).toBe(refused);
  expect(await stage.count('(select gateway_id from dead_letter group by 1 having count(*) > 50) l')).toBe(0);
  expect(stage.troubles).toEqual([]);
  // Alive: an honest message goes through as before.
  const { payload } = honest.gauges([{ point: honest.point(1), time: Date.now(), value: 7 }], Date.now());
  expect(await stage.send(honest, payload)).toEqual({ kind: 'stored' });
});
