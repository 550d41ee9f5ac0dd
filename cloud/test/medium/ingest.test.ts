import { deflate } from '@meterline/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REGISTER, TestGateway } from '../support/gateway.ts';
import { IngestStage } from '../support/ingest-stage.ts';

describe.each(['plain', 'timescale'] as const)('ingest on the %s layer', (layer) => {
  let stage: IngestStage;
  const now = Date.now();
  const quarter = Math.floor(now / 900_000) * 900_000;
  beforeAll(async () => {
    stage = await IngestStage.open({ layer });
  });
  afterAll(() => stage?.close());

  const gatewayOf = async (name: string) => {
    const gateway = new TestGateway(name);
    await stage.addGateway(gateway);
    await stage.send(gateway, gateway.start(now).payload);
    return gateway;
  };

  it('stores gauges, counters and a sweep, once, and says so', async () => {
    const gateway = await gatewayOf('all classes');
    const gauges = gateway.gauges([{ point: gateway.point(1), time: now - 5, value: 1_310_000 }], now);
    const counters = gateway.counters([{ point: gateway.point(2), time: now - 4, count: 77 }], now);
    const sweep = gateway.sweep(
      quarter,
      [
        { point: gateway.point(3), count: '100', pass: 'first' },
        { point: gateway.point(4), count: '200', bracket: { at: quarter - 300_000, count: '190' } },
        { point: gateway.point(3), count: '101', pass: 'last', read: quarter + 1_400 },
      ],
      now + 5_000,
    );
    const all = [gauges, counters, sweep];
    for (const { payload } of all) expect(await stage.send(gateway, payload)).toEqual({ kind: 'stored' });
    for (const { payload } of all) expect(await stage.send(gateway, payload)).toEqual({ kind: 'repeat' });
    const topic = `${gateway.topic}/z`;
    expect(await stage.send(gateway, deflate(sweep.payload), topic)).toEqual({ kind: 'repeat' });

    const receipt = await stage.receipt(gateway, ({ journals }) => journals[0]?.watermark === 6);
    expect(receipt.journals).toEqual([
      {
        journal: gateway.journal,
        watermark: 6,
        seen: 6,
        missing: [],
        chain: { batch: 4, digest: sweep.digest },
      },
    ]);
    const billing = await stage.rows(
      `select p.id, r.count::int, encode(r.raw, 'hex') as raw, n.name as register, r.source, r.sequence::int,
              r.boundary_at = to_timestamp($1::float8 / 1000) as for_boundary,
              (extract(epoch from r.at) * 1000)::float8 as at, r.bracket_count::int as bracket
         from reading_billing r join point p on p.no = r.point join register_name n on n.no = r.register
        where p.gateway_id = $2 order by r.sequence`,
      [quarter, gateway.id],
    );
    const shared = { register: REGISTER, source: 1, for_boundary: true };
    expect(billing).toEqual([
      {
        ...shared,
        id: gateway.point(3),
        count: 100,
        raw: '00000064',
        sequence: 4,
        at: quarter + 1_000,
        bracket: null,
      },
      {
        ...shared,
        id: gateway.point(4),
        count: 200,
        raw: '000000c8',
        sequence: 5,
        at: quarter + 1_000,
        bracket: 190,
      },
      {
        ...shared,
        id: gateway.point(3),
        count: 101,
        raw: '00000065',
        sequence: 6,
        at: quarter + 1_400,
        bracket: null,
      },
    ]);
    const [proof] = await stage.rows<{ payload: Buffer }>(
      `select payload from batch where gateway_id = $1 and kind = 'boundary'`,
      [gateway.id],
    );
    expect(proof?.payload).toEqual(deflate(sweep.payload));
    const dirty = await stage.rows<{ points: number[] }>('select points from usage_dirty order by id');
    expect(dirty.map(({ points }) => points.length)).toEqual([1, 2]);
  });

  it('learns from the first billing reading what a point counts, whatever came of it before', async () => {
    const gateway = await gatewayOf('counters first');
    const [early, together] = [gateway.point(1), gateway.point(2)];
    const counters = gateway.counters([{ point: early, time: now - 9, count: 77 }], now);
    expect(await stage.send(gateway, counters.payload)).toEqual({ kind: 'stored' });
    const others = [
      gateway.billing([{ point: early, time: now - 8, count: 78 }], now),
      gateway.billing([{ point: together, time: now - 8, count: 5 }], now),
      gateway.counters([{ point: together, time: now - 7, count: 5 }], now),
      gateway.counters([{ point: early, time: now - 7, count: 78 }], now),
    ];
    await Promise.all(others.map(({ payload }) => stage.send(gateway, payload)));
    const points = await stage.rows('select class, register from point where gateway_id = $1 order by id', [
      gateway.id,
    ]);
    expect(points).toEqual([
      { class: 'billing', register: REGISTER },
      { class: 'billing', register: REGISTER },
    ]);
  });

  it('lets no gateway say what a point of another counts, nor keep it from saying so', async () => {
    const [owner, stranger] = [await gatewayOf('owner'), await gatewayOf('stranger')];
    const point = owner.point(1);
    const said = [
      [owner, owner.counters([{ point, time: now - 9, count: 1 }], now)],
      [stranger, stranger.billing([{ point, time: now - 8, count: 2 }], now)],
    ] as const;
    for (const [gateway, { payload }] of said) await stage.send(gateway, payload);
    const known = () => stage.rows('select class, register from point where id = $1', [point]);
    expect(await known()).toEqual([{ class: 'counter', register: null }]);
    await stage.send(owner, owner.billing([{ point, time: now - 7, count: 3 }], now).payload);
    expect(await known()).toEqual([{ class: 'billing', register: REGISTER }]);
  });
});
