import { text } from 'node:stream/consumers';
import { Temporal } from 'temporal-polyfill';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessOf, accessText } from '../../src/identity/domain/access.ts';
import type { Role } from '../../src/identity/domain/permissions.ts';
import { type MovableClock, movableClock } from '../../src/kernel/clock.ts';
import { createIds } from '../../src/kernel/ids.ts';
import { DrillService } from '../../src/metering/drill.service.ts';
import { ExportService } from '../../src/metering/export.service.ts';
import type { Asking, MeteringParts } from '../../src/metering/metering.parts.ts';
import { RawExportService } from '../../src/metering/raw-export.service.ts';
import { UsageService } from '../../src/metering/usage.service.ts';
import type { Subject, UsageAnswer } from '../../src/metering/usage.types.ts';
import { asApp, Let, TENANT_MAY, type Tenant } from '../support/leases.ts';
import { type MeteringStage, meteringStage } from '../support/metering-stage.ts';
import { commitCounts, testProfiles } from '../support/meters.ts';
import type { Site } from '../support/sites.ts';

const NO_EXTENT = ['audit_checkpoint', 'audit_seal', 'consent_document', 'person_key', 'webhook_request'];
const Q = 15 * 60_000;
/** Bangkok is seven hours ahead: 1 March begins at 17:00 UTC of 28 February. */
const bangkok = (text: string): number =>
  Temporal.PlainDateTime.from(text).toZonedDateTime('Asia/Bangkok').epochMilliseconds;
const iso = (text: string): string => new Date(bangkok(text)).toISOString();
const MARCH = bangkok('2026-03-01T00:00');
const APRIL = bangkok('2026-04-01T00:00');
/** In the middle of an hour, and of a day, and of a month. */
const HANDOVER = '2026-03-11T11:15';

let stage: MeteringStage;
let clock: MovableClock;
let site: Site;
let parts: MeteringParts;
let usage: UsageService;
let drill: DrillService;
let rooms: { a: string; b: string; other: string };
let meters: { a: string; b: string };
let malee: Tenant;
let somchai: Tenant;
let guarantor: Tenant;
let stranger: Tenant;

const point = (i: number) => site.points[i] ?? { id: '', no: 0 };
const as = ({ person }: Tenant, may = TENANT_MAY): Asking => ({
  organisation: site.organisation,
  actor: { kind: 'user', id: person, person },
  may,
  extent: 'own',
});
const manager = (): Asking => ({
  organisation: site.organisation,
  actor: { kind: 'operator' },
  extent: 'all',
});
const month = (asking: Asking, subject: Subject, resolution: 'quarter' | 'hour' | 'day' | 'month' = 'day') =>
  usage.series(asking, { subject, from: MARCH, to: APRIL, resolution, budget: 10_000, previous: true });
const total = ({ series }: Pick<UsageAnswer, 'series'>): bigint => BigInt(series[0]?.total.quantity ?? 0);
const known = ({ series }: Pick<UsageAnswer, 'series'>) =>
  (series[0]?.bars ?? []).filter(({ quantity }) => quantity !== null);

beforeAll(async () => {
  clock = movableClock('2026-03-31T12:00:00Z');
  stage = await meteringStage('plain', clock);
  site = await stage.site({ points: 4 });
  parts = {
    db: stage.db as unknown as MeteringParts['db'],
    clock,
    ids: createIds(clock),
    profiles: testProfiles,
  };
  usage = new UsageService(parts);
  drill = new DrillService(parts);
  const ground = new Let(stage.owner, site);
  rooms = { a: await ground.room('101'), b: await ground.room('102'), other: await ground.room('103') };
  meters = {
    a: await ground.meter(rooms.a, point(0), iso('2025-01-01T00:00')),
    b: await ground.meter(rooms.b, point(1), iso('2025-01-01T00:00')),
  };
  await ground.meter(rooms.other, point(2), iso('2025-01-01T00:00'));
  malee = await ground.tenant('Malee');
  somchai = await ground.tenant('Somchai');
  guarantor = await ground.tenant('Guarantor');
  stranger = await ground.tenant('Stranger');
  // 101: Malee until the eleventh, a quarter past eleven; Somchai from then on, who moves to 102 on the 20th at 16:45.
  await ground.lease(
    'L-1',
    [[rooms.a, iso('2026-02-01T00:00'), iso(HANDOVER)]],
    [[malee], [guarantor, 'guarantor']],
    'ended',
  );
  await ground.lease(
    'L-2',
    [
      [rooms.a, iso(HANDOVER), iso('2026-03-20T16:45')],
      [rooms.b, iso('2026-03-20T16:45'), null],
    ],
    [[somchai]],
  );
  await ground.lease('L-3', [[rooms.other, iso('2026-02-01T00:00'), null]], [[stranger]]);
  // Quarter i of a point counts i % 7 + 1 tens of watt-hours: no two stretches of it are alike by chance.
  for (const i of [0, 1, 2]) {
    let count = 1_000n;
    const from = bangkok('2026-02-01T00:00');
    const rows = [];
    for (let at = from, n = 0; at <= APRIL; at += Q, n += 1) {
      rows.push({ point: point(i).no, at, count });
      count += BigInt(((n + i) % 7) + 1);
    }
    await commitCounts(stage.ingest, 'billing', rows);
  }
  await stage.worker.drain();
}, 60_000);
afterAll(() => stage.stop());

describe('two tenants of one room in one month', () => {
  test.each(['quarter', 'hour', 'day', 'month'] as const)(
    'their bars of a %s add up to the room’s',
    async (resolution) => {
      const room = { kind: 'place', id: rooms.a } as const;
      const [whole, before, after] = [
        await month(manager(), room, resolution),
        await month(as(malee), room, resolution),
        await month(as(somchai), room, resolution),
      ];
      // From the 20th on the room is empty: nobody's.
      const empty = await usage.series(manager(), {
        subject: room,
        from: bangkok('2026-03-20T16:45'),
        to: APRIL,
        resolution: 'quarter',
        budget: 10_000,
        previous: false,
      });
      expect(total(before)).toBeGreaterThan(0n);
      expect(total(after)).toBeGreaterThan(0n);
      expect(total(before) + total(after) + total(empty)).toBe(total(whole));
      // Bar by bar where only the two share it.
      const bars = (answer: UsageAnswer) => answer.series[0]?.bars ?? [];
      for (const [i, bar] of bars(whole).entries()) {
        if (Date.parse(bar.to) > bangkok('2026-03-20T00:00')) break;
        const sum = BigInt(bars(before)[i]?.quantity ?? 0) + BigInt(bars(after)[i]?.quantity ?? 0);
        expect([bar.from, sum]).toEqual([bar.from, BigInt(bar.quantity ?? 0)]);
      }
    },
  );

  test('each sees the own quarters of the hour in which the room changed hands', async () => {
    const hour = { from: bangkok('2026-03-11T11:00'), to: bangkok('2026-03-11T12:00') };
    const asked = { ...hour, resolution: 'quarter', budget: 10, previous: false } as const;
    const subject = { kind: 'place', id: rooms.a } as const;
    const quarters = async (asking: Asking) =>
      (await usage.series(asking, { ...asked, subject })).series[0]?.bars.map(({ quantity }) => quantity);
    const all = await quarters(manager());
    expect(all?.every((each) => each !== null)).toBe(true);
    expect(await quarters(as(malee))).toEqual([all?.[0], null, null, null]);
    expect(await quarters(as(somchai))).toEqual([null, all?.[1], all?.[2], all?.[3]]);
  });

  test('completeness is of the own time', async () => {
    const { series } = await month(as(malee), { kind: 'place', id: rooms.a });
    expect(series[0]?.total).toMatchObject({ completeness: 1, estimatedShare: 0 });
  });
});

test('a meter that was away for half an hour is not counted twice in the hour of both', async () => {
  const ground = new Let(stage.owner, site);
  const room = await ground.room('104');
  const meter = await ground.meter(room, point(3), iso('2026-03-01T00:00'), iso('2026-03-05T11:15'));
  await stage.owner.query(
    `insert into installation (id, organisation_id, point_id, meter_id, place_id, from_at)
     values (gen_random_uuid(), $1, $2, $3, $4, $5)`,
    [site.organisation, point(3).id, meter, room, iso('2026-03-05T11:45')],
  );
  const from = bangkok('2026-03-05T10:00');
  await commitCounts(
    stage.ingest,
    'billing',
    Array.from({ length: 13 }, (_, i) => ({ point: point(3).no, at: from + i * Q, count: BigInt(100 + i) })),
  );
  await stage.worker.drain();
  const { series } = await usage.series(manager(), {
    subject: { kind: 'place', id: room },
    ...{ from, to: from + 12 * Q, resolution: 'hour', budget: 10, previous: false },
  });
  // Ten watt-hours a quarter: four quarters, then the first and the last, then four.
  expect(series[0]?.bars.map(({ quantity }) => quantity)).toEqual(['40', '20', '40']);
});

describe('who has moved out', () => {
  test('sees the own period, and nothing after', async () => {
    const answer = await month(as(malee), { kind: 'meter', id: meters.a }, 'day');
    expect(known(answer).at(-1)?.from).toBe(iso('2026-03-11T00:00'));
    expect(known(answer)).toHaveLength(11);
    const later = { from: bangkok('2026-03-12T00:00'), to: APRIL };
    const nothing = await usage.series(as(malee), {
      subject: { kind: 'point', id: point(0).id },
      ...later,
      budget: 500,
      previous: false,
    });
    expect(known(nothing)).toEqual([]);
  });

  test('has no newest value', async () => {
    expect(await drill.latest(as(malee), { kind: 'meter', id: meters.a })).toEqual({ items: [] });
    const mine = await drill.latest(as(somchai), { kind: 'place', id: rooms.b });
    expect(mine.items.map(({ point: id }) => id)).toEqual([point(1).id]);
    // The meter of the room that was left counts on without them.
    expect(await drill.latest(as(somchai), { kind: 'place', id: rooms.a })).toEqual({ items: [] });
  });
});

describe('who has moved in', () => {
  test('sees nothing from before, and is compared with nothing', async () => {
    const answer = await month(as(somchai), { kind: 'place', id: rooms.a }, 'day');
    expect(known(answer)[0]?.from).toBe(iso('2026-03-11T00:00'));
    expect(answer.previous?.series.flatMap((series) => known({ series: [series] }))).toEqual([]);
    const before = await month(as(malee), { kind: 'place', id: rooms.a }, 'day');
    // February was hers.
    expect(BigInt(before.previous?.series[0]?.total.quantity ?? 0)).toBeGreaterThan(0n);
  });

  test('takes the room change along: each room for its time', async () => {
    const [first, second] = [
      await month(as(somchai), { kind: 'place', id: rooms.a }, 'hour'),
      await month(as(somchai), { kind: 'place', id: rooms.b }, 'hour'),
    ];
    expect(known(first).at(-1)?.from).toBe(iso('2026-03-20T16:00'));
    expect(known(second)[0]?.from).toBe(iso('2026-03-20T16:00'));
    const of = async (place: string, from: string, to: string) =>
      total(
        await usage.series(manager(), {
          subject: { kind: 'place', id: place },
          from: bangkok(from),
          to: bangkok(to),
          resolution: 'quarter',
          budget: 10_000,
          previous: false,
        }),
      );
    expect(total(first)).toBe(await of(rooms.a, HANDOVER, '2026-03-20T16:45'));
    expect(total(second)).toBe(await of(rooms.b, '2026-03-20T16:45', '2026-04-01T00:00'));
  });

  test('takes home a CSV of the own time only', async () => {
    const file = await new ExportService(parts).csv(as(somchai), {
      subject: { kind: 'place', id: rooms.b },
      from: MARCH,
      to: APRIL,
      resolution: 'hour',
    });
    const lines = (await text(file))
      .trim()
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(','));
    const filled = lines.filter(([, , , quantity]) => quantity !== '');
    expect(filled[0]?.[0]).toBe(iso('2026-03-20T16:00'));
  });

  test.each([
    ['the one before', () => malee, MARCH, bangkok(HANDOVER)],
    ['the one after', () => somchai, bangkok(HANDOVER), bangkok('2026-03-20T16:45')],
  ])('takes home the readings themselves of the own time only: %s', async (_who, who, from, to) => {
    const query = {
      subject: { kind: 'place', id: rooms.a },
      from: MARCH,
      to: APRIL,
      class: 'billing',
    } as const;
    const file = await text(await new RawExportService(parts).csv(as(who()), query));
    const times = file
      .trim()
      .split('\r\n')
      .slice(1)
      .map((line) => Date.parse(line.split(',')[2] ?? ''));
    expect([times.length, times[0], times.at(-1)]).toEqual([(to - from) / Q, from, to - Q]);
    const others = { ...query, subject: { kind: 'place', id: rooms.other } } as const;
    await expect(new RawExportService(parts).csv(as(who()), others)).rejects.toThrow();
  });
});

describe('down to the readings', () => {
  const at = (text: string) => bangkok(text);

  test('the last quarter of one and the first of the other share the reading between them, and no more', async () => {
    const last = await drill.quarter(as(malee), point(0).id, at('2026-03-11T11:00'));
    const first = await drill.quarter(as(somchai), point(0).id, at(HANDOVER));
    expect(last.readings.at(-1)?.at).toBe(iso(HANDOVER));
    expect(first.readings[0]?.at).toBe(iso(HANDOVER));
    expect(last.edges[1]?.count).toBe(first.edges[0]?.count);
    expect(first.edges[0]?.before).toMatchObject({ at: iso(HANDOVER) });
    for (const [answer, mine] of [
      [last, (time: number) => time <= at(HANDOVER)],
      [first, (time: number) => time >= at(HANDOVER)],
    ] as const)
      for (const reading of answer.readings) expect(mine(Date.parse(reading.at)), reading.at).toBe(true);
    // What the register had counted under others is theirs.
    expect(first.edges[0]?.quantitySinceEpoch).toBeNull();
    expect(first.epochs).toMatchObject([{ from: iso(HANDOVER), opening: null }]);
    const whole = await drill.quarter(manager(), point(0).id, at(HANDOVER));
    expect([first.quantity, first.complete]).toEqual([whole.quantity, true]);
  });

  test('a quarter of another’s time is as unknown as a point that is none', async () => {
    const none = drill.quarter(as(somchai), '01900000-0000-7000-8000-000000000000', at(HANDOVER));
    const unknown = await none.catch((error: unknown) => error);
    for (const [who, id, time] of [
      [somchai, point(0).id, '2026-03-11T11:00'],
      [malee, point(0).id, HANDOVER],
      [malee, point(1).id, '2026-03-05T00:00'],
    ] as const) {
      const refused = await drill.quarter(as(who), id, at(time)).catch((error: unknown) => error);
      expect(refused).toEqual(unknown);
    }
    await expect(drill.readingAt(as(malee), point(0).id, at('2026-03-20T00:00'))).rejects.toEqual(unknown);
    expect(await drill.readingAt(as(malee), point(0).id, at(HANDOVER))).toMatchObject({ method: 'exact' });
  });
});

describe('what is another’s is as unknown as what is not there', () => {
  const NONE = '01900000-0000-7000-8000-000000000000';
  test.each(['point', 'meter', 'place'] as const)('a %s', async (kind) => {
    const theirs = { point: point(2).id, meter: meters.b, place: rooms.other }[kind];
    const ask = (id: string) => month(as(malee), { kind, id }).catch((error: unknown) => error);
    const refused = await ask(theirs);
    expect(refused).toMatchObject({ code: 'usage_subject_not_found' });
    expect(refused).toEqual(await ask(NONE));
    const newest = (id: string) => drill.latest(as(malee), { kind, id }).catch((error: unknown) => error);
    expect(await newest(theirs)).toEqual(await newest(NONE));
  });

  test('a guarantor pays if all else fails, and sees nothing', async () => {
    await expect(month(as(guarantor), { kind: 'place', id: rooms.a })).rejects.toMatchObject({
      code: 'usage_subject_not_found',
    });
  });
});

describe('straight at the database, as the application’s role', () => {
  const TABLES = [
    'usage_hour',
    'usage_day',
    'lease',
    'lease_room',
    'lease_person',
    'party',
    'place',
    'building',
    'meter',
    'point',
    'installation',
    'register_epoch',
  ];
  const rowsOf = (context: object, table: string) =>
    asApp(stage.app, context, async (client) => (await client.query(`select * from ${table}`)).rows);
  const own = (tenant: Tenant) => ({
    organisation: site.organisation,
    person: tenant.person,
    may: TENANT_MAY,
  });

  test.each(TABLES)('%s: with a wrong context, or none, there are no rows', async (table) => {
    const { organisation } = site;
    const elsewhere = (await stage.site()).organisation;
    for (const context of [
      {},
      { organisation },
      { organisation, person: malee.person },
      { organisation, may: TENANT_MAY },
      { organisation: elsewhere, person: malee.person, may: TENANT_MAY },
      { organisation: elsewhere, may: '*' },
      { person: malee.person, may: TENANT_MAY },
    ]) {
      const rows = await rowsOf(context, table);
      const foreign = rows.filter((row) => row.organisation_id !== elsewhere);
      expect([context, foreign]).toEqual([context, []]);
    }
    expect((await rowsOf({ organisation, may: '*' }, table)).length).toBeGreaterThan(0);
  });

  test.each(TABLES)('%s: a tenant finds the own', async (table) => {
    expect((await rowsOf(own(malee), table)).length).toBeGreaterThan(0);
    expect((await rowsOf(own(malee), table)).length).toBeLessThan(
      (await rowsOf({ organisation: site.organisation, may: '*' }, table)).length +
        (table === 'building' ? 1 : 0),
    );
  });

  test('every table of organisations has an extent, but for those that are told apart by what may be done', async () => {
    const { rows } = await stage.owner.query<{ name: string }>(
      `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'organisation_id'
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
          and has_any_column_privilege('meterline_app', c.oid, 'select')
          and not exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'extent' and not p.polpermissive)
          and not exists (select from pg_policy p where p.polrelid = c.oid
                           and pg_get_expr(p.polqual, p.polrelid) ~ 'app_may|app_person')
        order by 1`,
    );
    // The audit's rounds and keys hold no word of anybody; what there is to consent to is for all; a webhook's answers are
    // asked for by its secret.
    expect(rows.map(({ name }) => name)).toEqual(NO_EXTENT);
  });

  describe('who works here and rents here as well', () => {
    const both = (tenant: Tenant, role: Role) => ({
      ...own(tenant),
      may: accessText(accessOf([role, 'tenant'])),
    });
    const LEASES = [
      'party',
      'lease',
      'lease_rent',
      'lease_room',
      'lease_person',
      'lease_service',
      'handover',
    ];
    test.each(['technician', 'platform_admin'] as const)('a %s finds no lease but the own', async (role) => {
      for (const table of LEASES) {
        const ids = (rows: readonly Record<string, unknown>[]) => rows.map((row) => row.id ?? row.lease_id);
        const found = ids(await rowsOf(both(malee, role), table));
        expect([table, found]).toEqual([table, ids(await rowsOf(own(malee), table))]);
      }
      const [places, hers] = [await rowsOf(both(malee, role), 'place'), await rowsOf(own(malee), 'place')];
      expect(places.length).toBeGreaterThan(hers.length);
    });

    test('a platform admin has no usage and no readings but the own', async () => {
      const context = both(somchai, 'platform_admin');
      for (const table of ['usage_hour', 'usage_day', 'usage_revision', 'suspect'])
        expect([table, await rowsOf(context, table)]).toEqual([table, await rowsOf(own(somchai), table)]);
      const text = "select * from readings_raw($1, '2020-01-01Z', '2030-01-01Z', 'billing', 100000)";
      const of = (may: object) =>
        asApp(
          stage.app,
          may,
          async (client) => (await client.query(text, [[0, 1, 2].map((i) => point(i).no)])).rows,
        );
      expect(await of(context)).toEqual(await of(own(somchai)));
    });

    test.each(['technician', 'platform_admin'] as const)(
      'to a %s the hour in which the room changed hands is counted once',
      async (role) => {
        const { may } = both(malee, role);
        const asked = { from: bangkok('2026-03-11T11:00'), to: bangkok('2026-03-11T12:00') };
        const query = { ...asked, resolution: 'hour', budget: 10, previous: false } as const;
        const subject = { kind: 'place', id: rooms.a } as const;
        const once = async (asking: Asking) => total(await usage.series(asking, { ...query, subject }));
        const limited = role === 'platform_admin';
        const expected = await once(limited ? as(malee) : manager());
        expect(await once({ ...as(malee, may), extent: limited ? 'own' : 'all' })).toBe(expected);
      },
    );
  });

  test('hours and days are those that lie within the lease from end to end', async () => {
    const hours = await rowsOf(own(malee), 'usage_hour');
    const times = hours.map((row) => row.hour.epochMilliseconds ?? Date.parse(String(row.hour)));
    expect(Math.max(...times)).toBe(bangkok('2026-03-11T10:00'));
    expect(new Set(hours.map((row) => row.point))).toEqual(new Set([point(0).no]));
    const days = (await rowsOf(own(malee), 'usage_day')).map((row) => String(row.day)).sort();
    expect([days[0], days.at(-1)]).toEqual(['2026-02-01', '2026-03-10']);
    const next = (await rowsOf(own(somchai), 'usage_day')).map((row) => `${row.point} ${row.day}`).sort();
    expect(next[0]).toBe(`${point(0).no} 2026-03-12`);
    expect(next).not.toContain(`${point(0).no} 2026-03-20`);
    expect(next).not.toContain(`${point(1).no} 2026-03-20`);
    expect(next).toContain(`${point(1).no} 2026-03-21`);
  });

  test('the hour of the handover comes without the quarters of the other', async () => {
    const partial = (tenant: Tenant) =>
      asApp(stage.app, own(tenant), async (client) => {
        const text = `select quantity, estimated, complete from app_own_partial_hours(array[$1::int], array[$2::timestamptz], array[$3::timestamptz])`;
        const values = [point(0).no, iso('2026-03-11T00:00'), iso('2026-03-12T00:00')];
        return (await client.query(text, values)).rows;
      });
    const [hers, his] = [await partial(malee), await partial(somchai)];
    expect(hers).toMatchObject([{ quantity: [expect.anything(), null, null, null], complete: 1 }]);
    expect(his).toMatchObject([
      { quantity: [null, expect.anything(), expect.anything(), expect.anything()], complete: 14 },
    ]);
    expect(await partial(stranger)).toEqual([]);
  });

  test('raw readings come within the own windows, whatever is asked for', async () => {
    const all = [0, 1, 2].map((i) => point(i).no);
    const spans = async (tenant: Tenant, text: string, values: unknown[]) =>
      asApp(stage.app, own(tenant), async (client) => {
        const { rows } = await client.query(text, values);
        return rows.map((row) => ({ point: row.point as number, at: Date.parse(String(row.at)) }));
      });
    const billable = 'select * from readings_billable($1, $2, $3, 4)';
    const hers = await spans(malee, billable, [all, '2020-01-01Z', '2030-01-01Z']);
    expect(new Set(hers.map((row) => row.point))).toEqual(new Set([point(0).no]));
    expect(Math.max(...hers.map((row) => row.at))).toBe(bangkok(HANDOVER));
    const his = await spans(somchai, billable, [all, '2020-01-01Z', '2030-01-01Z']);
    expect(Math.min(...his.map((row) => row.at))).toBe(bangkok(HANDOVER));
    const raw = "select * from readings_raw($1, $2, $3, 'billing', 100000)";
    expect(await spans(somchai, raw, [all, '2020-01-01Z', '2030-01-01Z'])).toHaveLength(his.length);
    const latest = 'select * from readings_latest($1, $2)';
    expect(await spans(malee, latest, [all, '2026-03-30T00:00Z'])).toEqual([]);
    expect((await spans(somchai, latest, [all, '2026-03-30T00:00Z'])).map((row) => row.point)).toEqual([
      point(1).no,
    ]);
    const packed = await asApp(stage.app, own(stranger), (client) =>
      client.query('select * from ledger_readings($1, $2, $3, 4)', [
        [point(0).no],
        ['-infinity'],
        ['infinity'],
      ]),
    );
    expect(packed.rows).toEqual([]);
  });

  test('the functions behind are refused, and so is every change', async () => {
    const refusing = async (text: string) =>
      expect(
        asApp(stage.app, own(somchai), (client) => client.query(text)),
        text,
      ).rejects.toThrow(/permission denied|row-level security/);
    await refusing(`select * from beyond_extent.readings_billable(array[1], now(), now(), 0)`);
    await refusing(`select * from beyond_extent.readings_raw(array[1], now(), now(), 'billing', 1)`);
    await refusing(`select * from beyond_extent.readings_latest(array[1], now())`);
    await refusing(`select * from beyond_extent.ledger_readings(array[1], array[now()], array[now()], 0)`);
    await refusing('select * from reading_billing');
    await refusing(
      `insert into usage_day (day, point, organisation_id, quantity, estimated, complete, quarters)
       values ('2026-01-01', ${point(1).no}, '${site.organisation}', 1, 0, 96, 96)`,
    );
    await refusing('update usage_day set quantity = 0');
    await refusing('update lease_room set to_at = null');
    await refusing("update party set name = 'Nobody'");
    const deleted = asApp(stage.app, own(somchai), (client) => client.query('delete from usage_day'));
    expect((await deleted).rowCount).toBe(0);
  });
});
