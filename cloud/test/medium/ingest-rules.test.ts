import type { JournalRecord } from '@meterline/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idOf, TestGateway } from '../support/gateway.ts';
import { IngestStage } from '../support/ingest-stage.ts';

const now = Date.now();
const MINUTE = 60_000;

describe('what the hub believes', () => {
  let stage: IngestStage;
  beforeAll(async () => {
    stage = await IngestStage.open();
  });
  afterAll(() => stage?.close());

  const gatewayOf = async (name: string, options: Parameters<IngestStage['addGateway']>[1] = {}) => {
    const gateway = new TestGateway(name);
    await stage.addGateway(gateway, options);
    return gateway;
  };
  const started = async (name: string) => {
    const gateway = await gatewayOf(name);
    await stage.send(gateway, gateway.start(now).payload);
    return gateway;
  };
  const gauge = (gateway: TestGateway, value = 5, at = now) =>
    gateway.gauges([{ point: gateway.point(1), time: at, value }], now);
  const events = (topic: string, gateway: TestGateway) =>
    stage.rows<{ payload: Record<string, unknown> }>(
      `select payload from outbox where topic = $1 and payload->>'gateway' = $2 order by position`,
      [topic, gateway.id],
    );

  it('takes batches in any order, says what is missing, and closes the chain when it comes', async () => {
    const gateway = await gatewayOf('any order');
    const batches = [
      gateway.start(now),
      gauge(gateway, 1, now - 3),
      gauge(gateway, 2, now - 2),
      gauge(gateway, 3, now - 1),
    ];
    for (const place of [3, 1]) await stage.send(gateway, batches[place]?.payload ?? Buffer.alloc(0));
    const first = await stage.receipt(gateway, ({ journals }) => journals[0]?.seen === 4);
    expect(first.journals[0]).toMatchObject({
      watermark: 0,
      missing: [
        [1, 1],
        [3, 3],
      ],
      chain: null,
    });
    for (const place of [2, 0]) await stage.send(gateway, batches[place]?.payload ?? Buffer.alloc(0));
    const last = await stage.receipt(gateway, ({ journals }) => journals[0]?.watermark === 4);
    expect(last.journals[0]).toMatchObject({ missing: [], chain: { batch: 4, digest: batches[3]?.digest } });
  });

  it('alarms at a copied card: two batches under one number', async () => {
    const gateway = await started('copied');
    const copy = new TestGateway('copied');
    copy.start(now);
    const [one, other] = [gauge(gateway, 1), gauge(copy, 2, now - 7)];
    expect(await stage.send(gateway, one.payload)).toEqual({ kind: 'stored' });
    for (let i = 0; i < 3; i += 1)
      expect(await stage.send(gateway, other.payload)).toEqual({ kind: 'refused', reason: 'cloned' });
    expect(await events('gateway.cloned', gateway)).toHaveLength(1);
    const receipt = await stage.receipt(gateway, ({ refused }) => refused?.[0]?.reason === 'cloned');
    expect(receipt.refused).toHaveLength(1);
    const [letter] = await stage.rows(
      'select count::int, size, bytes, state from dead_letter where gateway_id = $1',
      [gateway.id],
    );
    expect(letter).toMatchObject({
      count: 3,
      size: other.payload.length,
      bytes: other.payload,
      state: 'open',
    });
    const [count] = await stage.rows('select messages::int from refusal_count where gateway_id = $1', [
      gateway.id,
    ]);
    expect(count).toEqual({ messages: 3 });
  });

  it('lets dropped sequences pass, follows the chain over them, and alarms where they are stored', async () => {
    const gateway = await started('thinned');
    const gone = gauge(gateway, 1, now - 9);
    const kept = gauge(gateway, 2, now - 8);
    await stage.send(gateway, kept.payload);
    const dropped: JournalRecord = {
      kind: 'dropped',
      t: now,
      ranges: [[2, 3]],
      class: 'gauge',
      reason: 'disk-full',
      batches: [{ batch: gone.head.batch, digest: gone.digest, previous: gone.head.previous }],
    };
    const record = gateway.records([dropped], now);
    await stage.send(gateway, record.payload);
    const receipt = await stage.receipt(gateway, ({ journals }) => journals[0]?.watermark === 4);
    expect(receipt.journals[0]).toMatchObject({ missing: [], chain: { batch: 4, digest: record.digest } });
    expect((await events('gateway.contradicted', gateway))[0]?.payload).toMatchObject({ ranges: [[3, 3]] });
    expect(await stage.send(gateway, gone.payload)).toEqual({ kind: 'stored' });
    expect(
      await stage.count('reading_gauge r join point p on p.no = r.point', `p.gateway_id = '${gateway.id}'`),
    ).toBe(2);
  });

  it('lets a new journal tell what the old one lost, of its own and of no other gateway', async () => {
    const gateway = await started('broken card');
    const old = gateway.journal;
    gauge(gateway);
    await stage.send(gateway, gauge(gateway, 2, now - 1).payload);
    gateway.journal = idOf('journal after');
    Object.assign(gateway, { next: 1, batch: 1, previous: null });
    const previous = {
      gateway: gateway.id,
      journal: old,
      last: 3,
      batch: null,
      digest: null,
      lost: [[2, 2]] as [[number, number]],
    };
    const restart = gateway.records([{ kind: 'restart', t: now, reason: 'corrupt', previous }], now);
    await stage.send(gateway, restart.payload);
    const receipt = await stage.receipt(gateway, ({ journals }) =>
      journals.some((j) => j.journal === old && j.watermark === 3),
    );
    expect(receipt.journals).toHaveLength(2);

    const stranger = await gatewayOf('stranger');
    const taken = { ...previous, lost: [[1, 3]] as [[number, number]] };
    const claim = stranger.records(
      [{ kind: 'restart', t: now, reason: 'new-hardware', previous: taken }],
      now,
    );
    await stage.send(stranger, claim.payload);
    const [row] = await stage.rows(
      'select j.dropped::text, (select state from journal_restart where journal_no = c.no) as state from journal j, journal c where j.journal = $1 and c.journal = $2',
      [old, stranger.journal],
    );
    expect(row).toEqual({ dropped: '{[2,3)}', state: 'second' });
    expect(await events('gateway.cloned', stranger)).toHaveLength(1);
  });

  it('lets new hardware speak for the gateway whose place an operator gave it', async () => {
    const old = await started('old hardware');
    gauge(old);
    await stage.send(old, gauge(old, 2, now - 1).payload);
    const fresh = await gatewayOf('new hardware', { replaces: old.id });
    const previous = {
      gateway: old.id,
      journal: old.journal,
      last: 3,
      batch: null,
      digest: null,
      lost: [[2, 2]] as [[number, number]],
    };
    await stage.send(
      fresh,
      fresh.records([{ kind: 'restart', t: now, reason: 'new-hardware', previous }], now).payload,
    );
    await stage.receipt(old, ({ journals }) => journals[0]?.watermark === 3);
  });

  it('holds what is ahead of its time, and stores it then', async () => {
    const gateway = await started('ahead');
    await stage.send(gateway, gauge(gateway, 1, now + 10 * MINUTE).payload);
    expect(
      await stage.rows('select reason, value::int from held_reading where gateway_id = $1', [gateway.id]),
    ).toEqual([{ reason: 'future', value: 1 }]);
    await stage.admin.query(`update held_reading set due_at = now() - interval '1 s' where gateway_id = $1`, [
      gateway.id,
    ]);
    // The reading itself is still ahead, so it is judged and held again.
    await expect
      .poll(() => stage.count('held_reading', `gateway_id = '${gateway.id}' and due_at > now()`))
      .toBe(1);
    await stage.admin.query(
      `update held_reading set at = now() - interval '1 s', due_at = now() - interval '1 s' where gateway_id = $1`,
      [gateway.id],
    );
    await expect
      .poll(() => stage.count('held_reading', `gateway_id = '${gateway.id}'`), { timeout: 5_000 })
      .toBe(0);
    expect(
      await stage.count('reading_gauge r join point p on p.no = r.point', `p.gateway_id = '${gateway.id}'`),
    ).toBe(1);
  });

  it('holds readings of a point that is another’s, tells nothing of it, and stores them when it is given', async () => {
    const owner = await started('owner');
    await stage.send(owner, gauge(owner).payload);
    const other = await started('other');
    const foreign = other.gauges([{ point: owner.point(1), time: now - 1, value: 9 }], now);
    expect(await stage.send(other, foreign.payload)).toEqual({ kind: 'stored' });
    await stage.receipt(other, ({ journals }) => journals[0]?.watermark === 2);
    expect(await stage.count('held_reading', `gateway_id = '${other.id}' and reason = 'foreign-point'`)).toBe(
      1,
    );
    await stage.admin.query(
      'insert into point_source (point_id, gateway_id, organisation_id) values ($1, $2, $3)',
      [owner.point(1), other.id, stage.organisation],
    );
    // As a gateway that takes over is given it: its points name it from then on, which the directory is told.
    await stage.admin.query('update point set gateway_id = $2 where id = $1', [owner.point(1), other.id]);
    await expect
      .poll(() => stage.count('held_reading', `gateway_id = '${other.id}'`), { timeout: 5_000 })
      .toBe(0);
    expect(await stage.count('reading_gauge', 'value = 9')).toBe(1);
  });

  it('tells in one event of the points that a gateway names for the first time', async () => {
    const gateway = await started('new points');
    const rows = Array.from({ length: 120 }, (_, n) => ({
      point: gateway.point(n),
      time: now - n,
      value: 100 + n,
    }));
    await stage.send(gateway, gateway.gauges(rows, now).payload);
    const [event, ...others] = await events('point.seen', gateway);
    expect(others).toEqual([]);
    expect(event?.payload).toMatchObject({ count: 120 });
    expect(event?.payload.points).toHaveLength(100);
  });

  it('gives a gateway as many points as it may have, and holds what it says of others', async () => {
    const gateway = await started('greedy');
    await stage.rows(
      `insert into point (id, organisation_id, gateway_id, class)
       select gen_random_uuid(), $1, $2, 'gauge' from generate_series(1, 31998)`,
      [stage.organisation, gateway.id],
    );
    const rows = Array.from({ length: 5 }, (_, n) => ({
      point: gateway.point(n),
      time: now - n,
      value: 100 + n,
    }));
    await stage.send(gateway, gateway.gauges(rows, now).payload);
    const held = () =>
      stage.rows('select reason, count(*)::int as n from held_reading where gateway_id = $1 group by 1', [
        gateway.id,
      ]);
    expect(await held()).toEqual([{ reason: 'too-many-points', n: 3 }]);
    const made = await stage.rows<{ id: string }>('select id from point where id = any($1)', [
      rows.map(({ point }) => point),
    ]);
    const left = rows.find(({ point }) => !made.some(({ id }) => id === point));
    await stage.rows(
      "insert into point (id, organisation_id, gateway_id, class) values ($1, $2, $3, 'gauge')",
      [left?.point, stage.organisation, gateway.id],
    );
    await stage.rows('insert into point_source (point_id, gateway_id, organisation_id) values ($1, $2, $3)', [
      left?.point,
      gateway.id,
      stage.organisation,
    ]);
    await expect.poll(held, { timeout: 5_000 }).toEqual([{ reason: 'too-many-points', n: 2 }]);
  });

  it('never lets a gateway of another organisation write into a point', async () => {
    const owner = await started('mine');
    await stage.send(owner, gauge(owner, 1).payload);
    const [org, building] = [idOf<string>('other organisation'), idOf<string>('other building')];
    await stage.addOrganisation(org, building);
    const thief = await gatewayOf('thief', { organisation: org, building });
    await stage.send(thief, thief.start(now).payload);
    const theft = thief.gauges([{ point: owner.point(1), time: now - 5, value: 66 }], now);
    expect(await stage.send(thief, theft.payload)).toEqual({ kind: 'stored' });
    expect(await stage.count('reading_gauge', 'value = 66')).toBe(0);
    const [held] = await stage.rows('select organisation_id from held_reading where gateway_id = $1', [
      thief.id,
    ]);
    expect(held).toEqual({ organisation_id: org });
  });

  it('keeps the stored value against another one, and the other one beside it', async () => {
    const gateway = await started('contradicting');
    await stage.send(gateway, gauge(gateway, 1).payload);
    await stage.send(gateway, gauge(gateway, 2).payload);
    await stage.send(gateway, gauge(gateway, 2).payload);
    const conflicts = await stage.rows(
      `select c.kind, c.stored::int, c.offered::int, c.state from reading_conflict c join point p on p.no = c.point
        where p.gateway_id = $1`,
      [gateway.id],
    );
    expect(conflicts).toEqual([{ kind: 'value', stored: 1, offered: 2, state: 'open' }]);
    await stage.receipt(gateway, ({ journals }) => journals[0]?.watermark === 4);
  });

  it('keeps a count that is not what its words say out of every bill', async () => {
    const gateway = await started('lying');
    const row = { point: gateway.point(1), time: now - 5, count: 100 };
    await stage.send(
      gateway,
      gateway.billing(
        [
          { ...row, raw: '00000065' },
          { ...row, time: now - 4 },
        ],
        now,
      ).payload,
    );
    const unknown = gateway.billing([{ ...row, point: gateway.point(2), register: 'no-such@1/energy' }], now);
    await stage.send(gateway, unknown.payload);
    expect(
      await stage.rows(
        'select r.count::int from reading_billing r join point p on p.no = r.point where p.gateway_id = $1',
        [gateway.id],
      ),
    ).toEqual([{ count: 100 }]);
    const [conflict] = await stage.rows(
      `select c.kind, c.stored::int, c.offered::int, encode(c.raw, 'hex') as raw from reading_conflict c
         join point p on p.no = c.point where p.gateway_id = $1`,
      [gateway.id],
    );
    expect(conflict).toEqual({ kind: 'decode', stored: 101, offered: 100, raw: '00000065' });
    expect(
      await stage.count('held_reading', `gateway_id = '${gateway.id}' and reason = 'unknown-profile'`),
    ).toBe(1);
  });

  it('keeps rows of a boot without a clock within their bounds', async () => {
    const gateway = await started('no clock');
    gateway.clock = { state: 'bounded', boot: 2, after: now - 9_000, before: now - 5_000 };
    await stage.send(
      gateway,
      gateway.counters([{ point: gateway.point(1), time: 1_234, count: 7 }], now).payload,
    );
    const [row] = await stage.rows(
      `select b.class, b.boot, b.mono::int, b.value::int from reading_bounded b join point p on p.no = b.point
        where p.gateway_id = $1`,
      [gateway.id],
    );
    expect(row).toEqual({ class: 'counter', boot: 2, mono: 1_234, value: 7 });
    await stage.receipt(gateway, ({ journals }) => journals[0]?.watermark === 2);
  });

  it('tells of a gap that stays, and of its end', async () => {
    const gateway = await started('gap');
    const missing = gauge(gateway, 1, now - 3);
    await stage.send(gateway, gauge(gateway, 2, now - 2).payload);
    await stage.admin.query(
      `update journal set missing_since = now() - interval '1 hour' where gateway_id = $1`,
      [gateway.id],
    );
    const told = async () => (await events('gateway.gap', gateway)).map(({ payload }) => payload.state);
    await expect.poll(told, { timeout: 20_000, interval: 200 }).toEqual(['open']);
    await stage.send(gateway, missing.payload);
    await expect.poll(told, { timeout: 20_000, interval: 200 }).toEqual(['open', 'closed']);
  }, 45_000);
});
