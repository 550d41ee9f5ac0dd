import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { LIMITS } from '@meterline/contracts';
import { TestGateway } from './gateway.ts';

/** A message that must not be believed, whoever it comes from. */
interface Attack {
  readonly name: string;
  /** What the pipeline says of it. */
  readonly reason: string;
  /** What the embedded broker says of it, where it does not even hand it over. */
  readonly atDoor?: 'publish-topic' | 'not-authenticated';
  make(n: number): { readonly as: TestGateway; readonly payload: Buffer; readonly topic?: string };
}

export interface Ground {
  /** Whose start, and the good batch after it, were stored. */
  readonly victim: TestGateway;
  readonly start: Buffer;
  readonly good: Buffer;
  readonly other: TestGateway;
  readonly now: number;
}

/** Each kind of lie once; they differ with `n`, so that no cache and no digest knows them all. */
export function attacksOn({ victim, start, good, other, now }: Ground): readonly Attack[] {
  const forged = (n: number) => {
    const bytes = Buffer.from(good);
    const at = bytes.indexOf(0x0a) - 1 - (n % 128);
    bytes[at] = bytes[at] === 0x30 ? 0x31 : 0x30;
    return Buffer.concat([bytes, Buffer.from(' '.repeat(n % 50))]);
  };
  const bomb = deflateSync(Buffer.alloc(LIMITS.inflatedBytes + 1));
  const huge = Buffer.alloc(LIMITS.payloadBytes + 1, 0x61);
  const clones = Array.from({ length: 40 }, (_, n) => {
    const copy = new TestGateway(victim.name);
    copy.start(now);
    return copy.gauges([{ point: victim.point(1), time: now, value: n + 100 }], now).payload;
  });
  const up = (channel: string) => `ml/1/${victim.id}/up/${channel}`;
  const mine = (name: string, reason: string, payload: (n: number) => Buffer, topic?: string): Attack => ({
    name,
    reason,
    make: (n) => ({ as: victim, payload: payload(n), ...(topic !== undefined && { topic }) }),
  });
  return [
    mine('noise', 'not-an-envelope', (n) => createHash('sha512').update(`${n}`).digest()),
    mine('forged', 'bad-signature', forged),
    { name: 'of another', reason: 'unknown-key', make: () => ({ as: other, payload: good }) },
    mine('oversized', 'too-large', () => huge),
    mine('a bomb', 'inflates-too-large', () => bomb, up('readings/z')),
    mine('no zlib', 'not-deflated', (n) => Buffer.from(`plain ${n}`), up('readings/z')),
    mine('cloned', 'cloned', (n) => clones[n % clones.length] ?? good),
    {
      name: 'foreign topic',
      reason: 'wrong-topic',
      atDoor: 'publish-topic',
      make: () => ({ as: other, payload: good, topic: victim.topic }),
    },
    {
      name: 'no topic of ours',
      reason: 'wrong-topic',
      atDoor: 'publish-topic',
      make: (n) => ({ as: victim, payload: good, topic: up('x'.repeat(1 + (n % 400))) }),
    },
    mine(
      'unsigned where signatures are due',
      'wrong-topic',
      (n) => Buffer.from(JSON.stringify({ point: victim.point(1), at: now + n, count: '1' })),
      up('simple'),
    ),
    {
      name: 'of nobody',
      reason: 'unknown-gateway',
      atDoor: 'not-authenticated',
      make: (n) => ({ as: new TestGateway(`nobody ${n % 20}`), payload: good }),
    },
    mine('another kind', 'unexpected-kind', () => good, up('status')),
    mine('replayed', 'repeat', (n) => (n % 2 ? start : good)),
  ];
}
