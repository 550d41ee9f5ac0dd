import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { LIMITS } from '@meterline/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestGateway } from '../support/gateway.ts';
import { IngestStage } from '../support/ingest-stage.ts';

const MESSAGES = process.env.METERLINE_SOAK ? 100_000 : 4_000;
const AT_ONCE = 200;
/** The first tenth fills caches and rooms; from then on memory must stand still. */
const WARM = MESSAGES / 10;
const LETTERS = 50;

let stage: IngestStage;
beforeAll(async () => {
  stage = await IngestStage.open({ limits: { letters: { count: LETTERS, bytes: 256 * 1024 } } });
});
afterAll(() => stage?.close());

interface Attack {
  readonly name: string;
  readonly reason: string;
  make(n: number): { readonly as: TestGateway; readonly payload: Buffer; readonly topic?: string };
}

async function attacks(): Promise<{
  kinds: readonly Attack[];
  good: Buffer;
  victim: TestGateway;
  other: TestGateway;
}> {
  const now = Date.now();
  const [victim, other] = [new TestGateway('victim'), new TestGateway('other')];
  await stage.addGateway(victim);
  await stage.addGateway(other);
  const start = victim.start(now);
  await stage.send(victim, start.payload);
  await stage.send(other, other.start(now).payload);
  const row = { point: victim.point(1), time: now, value: 1 };
  const good = victim.gauges([row], now).payload;
  const forged = (n: number) => {
    const bytes = Buffer.from(good);
    const at = bytes.indexOf(0x0a) - 1 - (n % 128);
    bytes[at] = bytes[at] === 0x30 ? 0x31 : 0x30;
    return Buffer.concat([bytes, Buffer.from(' '.repeat(n % 50))]);
  };
  const bomb = deflateSync(Buffer.alloc(LIMITS.inflatedBytes + 1));
  const huge = Buffer.alloc(LIMITS.payloadBytes + 1, 0x61);
  const clones = Array.from({ length: 40 }, (_, n) => {
    const copy = new TestGateway('victim');
    copy.start(now);
    return copy.gauges([{ ...row, value: n + 100 }], now).payload;
  });
  const kinds: readonly Attack[] = [
    {
      name: 'noise',
      reason: 'not-an-envelope',
      make: (n) => ({ as: victim, payload: createHash('sha512').update(`${n}`).digest() }),
    },
    { name: 'forged', reason: 'bad-signature', make: (n) => ({ as: victim, payload: forged(n) }) },
    {
      name: 'of another',
      reason: 'unknown-key',
      make: () => ({ as: other, payload: good, topic: other.topic }),
    },
    { name: 'oversized', reason: 'too-large', make: () => ({ as: victim, payload: huge }) },
    {
      name: 'a bomb',
      reason: 'inflates-too-large',
      make: () => ({ as: victim, payload: bomb, topic: `${victim.topic}/z` }),
    },
    {
      name: 'no zlib',
      reason: 'not-deflated',
      make: (n) => ({ as: victim, payload: Buffer.from(`plain ${n}`), topic: `${victim.topic}/z` }),
    },
    { name: 'cloned', reason: 'cloned', make: (n) => ({ as: victim, payload: clones[n % 40] ?? good }) },
    {
      name: 'foreign topic',
      reason: 'wrong-topic',
      make: () => ({ as: other, payload: good, topic: victim.topic }),
    },
    {
      name: 'no topic of ours',
      reason: 'wrong-topic',
      make: (n) => ({ as: victim, payload: good, topic: `ml/1/${victim.id}/up/${'x'.repeat(n % 400)}` }),
    },
    {
      name: 'unsigned where signatures are due',
      reason: 'wrong-topic',
      make: (n) => ({
        as: victim,
        payload: Buffer.from(JSON.stringify({ point: victim.point(1), at: now + n, count: '1' })),
        topic: `ml/1/${victim.id}/up/simple`,
      }),
    },
    {
      name: 'of nobody',
      reason: 'unknown-gateway',
      make: (n) => ({ as: new TestGateway(`nobody ${n % 20}`), payload: good }),
    },
    {
      name: 'another kind',
      reason: 'unexpected-kind',
      make: () => ({ as: victim, payload: good, topic: `ml/1/${victim.id}/up/status` }),
    },
    { name: 'replayed', reason: 'repeat', make: () => ({ as: victim, payload: start.payload }) },
  ];
  return { kinds, good, victim, other };
}

it(`believes none of ${MESSAGES} hostile messages, and accounts for each`, async () => {
  const { kinds, good, victim, other: honest } = await attacks();
  const expected = new Map<string, number>();
  const got = new Map<string, number>();
  const before = await stage.count('batch');
  let memory = 0;
  let since = 0;
  // The batch that clones contradict must be there first.
  expect(await stage.send(victim, good)).toEqual({ kind: 'stored' });
  for (let n = 0; n < MESSAGES; n += AT_ONCE) {
    const sent = Array.from({ length: AT_ONCE }, (_, i) => {
      const attack = kinds[(n + i) % kinds.length] as Attack;
      const { as, payload, topic } = attack.make(n + i);
      expected.set(attack.reason, (expected.get(attack.reason) ?? 0) + 1);
      return stage.send(as, payload, topic ?? as.topic);
    });
    for (const settled of await Promise.all(sent)) {
      const reason = settled.kind === 'refused' ? settled.reason : settled.kind;
      got.set(reason, (got.get(reason) ?? 0) + 1);
    }
    if (n < WARM) [memory, since] = [process.memoryUsage().rss, performance.now()];
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
  if (!process.env.METERLINE_SOAK) return;
  const minutes = (performance.now() - since) / 60_000;
  const grown = (process.memoryUsage().rss - memory) / 1024 / 1024;
  process.stdout.write(`hostile: ${grown.toFixed(1)} MiB in ${minutes.toFixed(1)} minutes\n`);
  expect(grown / Math.max(1, minutes)).toBeLessThan(16);
}, 3_600_000);
