import { Readable } from 'node:stream';
import { Temporal } from 'temporal-polyfill';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Asked } from '../../src/ingest/door-parts.ts';
import { dropUnusedUploads, ImportsService, type Intake } from '../../src/ingest/index.ts';
import { CorrectionsService, type CorrectionToMake } from '../../src/ingest/manual/corrections.service.ts';
import { ManualService, type ReadingToEnter } from '../../src/ingest/manual/manual.service.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { DecisionsService } from '../../src/metering/index.ts';
import type { Database } from '../../src/platform/db/index.ts';
import { BY, DoorStage, type House } from '../support/doors.ts';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC',
  'base64',
);
const at = (day: string) => Temporal.Instant.from(`${day}T08:00:00+07:00`);

let stage: DoorStage;
let house: House;
let manual: ManualService;
let corrections: CorrectionsService;
let by: Asked;
let point: string;

beforeAll(async () => {
  stage = await DoorStage.open();
  manual = new ManualService(stage.parts);
  corrections = new CorrectionsService(stage.parts);
});
afterAll(() => stage.close());

async function newPoint(): Promise<void> {
  house = await stage.addHouse(['101'], `House ${Math.random()}`);
  by = { ...BY, organisation: house.organisation };
  point = house.rooms[0]?.power ?? '';
}
const enter = (reading: Partial<ReadingToEnter> & { at: Temporal.Instant }) =>
  manual.enter(by, { point, ...(reading.count === undefined && { value: '1', unit: 'kWh' }), ...reading });
const correct = (wanted: Partial<CorrectionToMake> & Pick<CorrectionToMake, 'at' | 'kind'>) =>
  corrections.correct(by, { point, reason: 'misread', ...wanted });
const addPhoto = () => manual.addPhoto(by, 'image/png', Readable.from([PNG]));

/** `day count evidence` of everything that counts, as bills and charts see it. */
async function counted(): Promise<string[]> {
  const [row] = await stage.rows<{ no: number }>('select no from point where id = $1', [point]);
  const rows = await stage.rows<{ at: Temporal.Instant; count: bigint; source: number }>(
    "select at, count, source from readings_billable(array[$1::int], '2020-01-01', '2030-01-01', 0)",
    [row?.no],
  );
  return rows.map((each) => `${each.at.toString().slice(0, 10)} ${each.count} ${each.source}`);
}

describe('a reading by hand', () => {
  it('comes in with a photo or without, each with its class of evidence', async () => {
    await newPoint();
    const first = await enter({ at: at('2026-01-25'), value: '1,200.5', unit: 'kWh' });
    expect(first).toMatchObject({ count: 1_200_500n, evidence: 7, hints: [], repeated: false });
    const { id: photo } = await addPhoto();
    const second = await enter({ at: at('2026-02-25'), count: '1300000', photo, note: 'ประตูเปิดอยู่' });
    expect(second).toMatchObject({ count: 1_300_000n, evidence: 6 });
    expect(second.previous?.count).toBe(1_200_500n);
    expect(await counted()).toEqual(['2026-01-25 1200500 7', '2026-02-25 1300000 6']);
    const [row] = await stage.rows<Record<string, unknown>>(
      'select m.author, m.note, p.sha256 from manual_reading m join reading_photo p on p.id = m.photo_id where m.id = $1',
      [second.id],
    );
    expect(row).toMatchObject({
      author: 'operator test',
      note: 'ประตูเปิดอยู่',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(await manual.photoLink(by, photo)).toContain('/api/v1/files/photos/');
  });

  it('sent again under its id is the same reading', async () => {
    await newPoint();
    const id = stage.parts.ids.next();
    const reading = { id, at: at('2026-01-25'), count: '5' };
    expect((await enter(reading)).repeated).toBe(false);
    expect((await enter(reading)).repeated).toBe(true);
    expect(await counted()).toHaveLength(1);
    expect(await stage.count('manual_reading', `id = '${id}'`)).toBe(1);
  });

  it.each<[string, (first: ReadingToEnter) => Partial<ReadingToEnter>]>([
    ['count', () => ({ count: '6' })],
    ['time', () => ({ at: at('2026-02-25') })],
    ['point', () => ({ point: house.rooms[0]?.water ?? '' })],
    ['note', () => ({ note: 'another one' })],
  ])('under the id of one with another %s is refused, and leaves nothing', async (_what, other) => {
    await newPoint();
    const first = { id: stage.parts.ids.next(), point, at: at('2026-01-25'), count: '5', confirmed: true };
    await enter(first);
    await expect(enter({ ...first, ...other(first) })).rejects.toMatchObject({ code: 'reading_id_reused' });
    expect(await stage.count('manual_reading', `organisation_id = '${house.organisation}'`)).toBe(1);
    expect(await counted()).toEqual(['2026-01-25 5 7']);
    expect((await enter(first)).repeated).toBe(true);
  });

  it('under an id of another organisation is refused, and leaves nothing', async () => {
    await newPoint();
    const id = stage.parts.ids.next();
    await enter({ id, at: at('2026-01-25'), count: '5' });
    await newPoint();
    await expect(enter({ id, at: at('2026-01-25'), count: '5' })).rejects.toMatchObject({
      code: 'reading_id_reused',
    });
    expect(await counted()).toEqual([]);
    expect(
      await stage.count(
        'audit_entry',
        `organisation_id = '${house.organisation}' and action like 'reading%'`,
      ),
    ).toBe(0);
  });

  it('by two persons at one instant is one reading: the other one hears of it', async () => {
    await newPoint();
    const all = await Promise.allSettled(
      ['5', '6', '5', '7'].map((count) => enter({ at: at('2026-01-25'), count })),
    );
    const [, count] = (await counted())[0]?.split(' ') ?? [];
    for (const [i, one] of all.entries()) {
      if (['5', '6', '5', '7'][i] === count) expect(one.status).toBe('fulfilled');
      else
        expect(one).toMatchObject({
          reason: { code: 'reading_contradicts', details: { stored: count } },
        });
    }
    const fulfilled = all.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(new Set(fulfilled.map(({ id }) => id)).size).toBe(1);
    expect(await stage.count('manual_reading', `point_id = '${point}'`)).toBe(1);
  });

  it('that another source overtakes is said to lie among the conflicts', async () => {
    await newPoint();
    const overtaken: Intake = {
      message: (message) => stage.pipeline.message(message),
      readings: async (direct) => {
        const [reading] = direct.readings;
        if (direct.dryRun !== true && reading) {
          const other = { ...reading, count: 9n };
          await stage.pipeline.readings({
            ...direct,
            source: 4,
            reference: `first ${direct.reference}`,
            readings: [other],
          });
        }
        return stage.pipeline.readings(direct);
      },
    };
    const slow = new ManualService({ ...stage.parts, intake: overtaken });
    await expect(slow.enter(by, { point, at: at('2026-01-25'), count: '5' })).rejects.toMatchObject({
      code: 'reading_contradicts',
      message: '9 is stored at this instant; yours lies among the conflicts; supersede it if it is wrong',
    });
    expect(await counted()).toEqual(['2026-01-25 9 4']);
    expect(await stage.count('reading_conflict', 'offered = 5 and stored = 9')).toBe(1);
  });

  it('that was noted and never stored, is stored with its opening when it is asked for again', async () => {
    await newPoint();
    const dying: Intake = {
      message: (message) => stage.pipeline.message(message),
      readings: (direct) =>
        direct.dryRun === true ? stage.pipeline.readings(direct) : Promise.reject(new Error('the hub died')),
    };
    const dead = new ManualService({ ...stage.parts, intake: dying });
    await expect(dead.enter(by, { point, at: at('2026-01-25'), count: '5', opening: true })).rejects.toThrow(
      'died',
    );
    await expect(enter({ at: at('2026-01-25'), count: '6' })).rejects.toMatchObject({
      code: 'reading_contradicts',
      details: { stored: '5', offered: '6' },
    });
    expect(await counted()).toEqual(['2026-01-25 5 7']);
    const events = await stage.rows(
      "select payload->>'count' as count from outbox where topic = 'reading.opening' and payload->>'point' = $1",
      [point],
    );
    expect(events).toEqual([{ count: '5' }]);
  });

  it('that does not fit its neighbours must be confirmed', async () => {
    await newPoint();
    await enter({ at: at('2026-01-25'), count: '1000000' });
    const low = { at: at('2026-02-25'), count: '100000' };
    expect((await manual.judge(by, { point, ...low })).hints).toEqual(['below-previous']);
    await expect(enter(low)).rejects.toMatchObject({
      code: 'reading_implausible',
      message: expect.stringMatching(
        /^1000000 before it, at 2026-01-25T01:00Z; the reading does not fit \(below-previous\)/,
      ),
      details: { hints: ['below-previous'], previous: { count: '1000000', evidence: 7 } },
    });
    expect(await counted()).toHaveLength(1);
    expect(await enter({ ...low, confirmed: true })).toMatchObject({ hints: ['below-previous'] });
    const [row] = await stage.rows(
      'select hints from manual_reading where count = 100000 and point_id = $1',
      [point],
    );
    expect(row).toEqual({ hints: ['below-previous'] });
  });

  it('of the new meter, after the old one was exchanged, fits', async () => {
    await newPoint();
    await enter({ at: at('2026-01-25'), count: '1000000' });
    const decisions = new DecisionsService(stage.parts);
    const exchanged = { kind: 'replaced', opening: 100n, closing: 1_010_000n, reason: 'broken' } as const;
    await decisions.declare(by, point, { ...exchanged, at: at('2026-02-01').epochMilliseconds });
    expect(await enter({ at: at('2026-02-25'), count: '100000' })).toMatchObject({ hints: [] });
    await expect(enter({ at: at('2026-02-02'), count: '99' })).rejects.toMatchObject({
      details: { hints: ['below-previous'] },
    });
  });

  it('that passes what the model can is seen', async () => {
    await newPoint();
    await enter({ at: at('2026-01-25'), count: '0' });
    // 12 kW for 24 hours are 288 kWh.
    expect((await manual.judge(by, { point, at: at('2026-01-26'), count: '288000' })).hints).toEqual([]);
    expect((await manual.judge(by, { point, at: at('2026-01-26'), count: '288002' })).hints).toEqual([
      'faster-than-possible',
    ]);
  });

  it.each<[string, () => Promise<unknown>, string]>([
    ['of the future', () => enter({ at: Temporal.Now.instant().add({ hours: 24 }) }), 'reading_invalid'],
    ['finer than the register', () => enter({ at: at('2026-01-25'), value: '1.2345' }), 'reading_invalid'],
    ['in the wrong unit', () => enter({ at: at('2026-01-25'), value: '1', unit: 'L' }), 'reading_invalid'],
    [
      'with a value and a count',
      () => enter({ at: at('2026-01-25'), value: '1', count: '1' }),
      'reading_invalid',
    ],
    [
      'of a stranger',
      () => enter({ at: at('2026-01-25'), point: stage.parts.ids.next() }),
      'reading_point_not_found',
    ],
    [
      'with a photo of nobody',
      () => enter({ at: at('2026-01-25'), photo: stage.parts.ids.next() }),
      'reading_photo_not_found',
    ],
    [
      'with a photo that is none',
      () => manual.addPhoto(by, 'image/png', Readable.from([Buffer.from('hello')])),
      'files_type_refused',
    ],
    [
      'with a photo of another kind',
      () => manual.addPhoto(by, 'image/svg+xml', Readable.from([Buffer.from('<svg/>')])),
      'files_type_refused',
    ],
  ])('%s is refused, and leaves nothing', async (_what, attempt, code) => {
    await newPoint();
    await expect(attempt()).rejects.toMatchObject({ code });
    expect(await counted()).toEqual([]);
    expect(await stage.count('manual_reading', `organisation_id = '${house.organisation}'`)).toBe(0);
  });

  it('that contradicts what is stored names it, and is not taken', async () => {
    await newPoint();
    await enter({ at: at('2026-01-25'), count: '5' });
    await expect(enter({ at: at('2026-01-25'), count: '6', confirmed: true })).rejects.toMatchObject({
      code: 'reading_contradicts',
      details: { stored: '5', offered: '6' },
    });
  });

  it('an organisation reaches neither points nor photos of another', async () => {
    await newPoint();
    const theirs = { point, photo: (await addPhoto()).id };
    await newPoint();
    await expect(enter({ at: at('2026-01-25'), point: theirs.point })).rejects.toThrow('no such point');
    await expect(manual.photoLink(by, theirs.photo)).rejects.toThrow('no such photo');
    await expect(correct({ at: at('2026-01-25'), kind: 'voided', point: theirs.point })).rejects.toThrow(
      'no such point',
    );
  });
});

describe('uploads that came to nothing', () => {
  it('go after their time, with their files; evidence stays', async () => {
    await newPoint();
    const [unused, used, fresh] = [await addPhoto(), await addPhoto(), await addPhoto()];
    await enter({ at: at('2026-01-25'), count: '5', photo: used.id });
    const imports = new ImportsService(stage.parts);
    const waiting = await imports.receive(
      by,
      house.building,
      'a.csv',
      Readable.from([Buffer.from('room,kWh\n101,5\n')]),
    );
    await aged([unused.id, used.id]);
    await stage.rows("update import_run set created_at = created_at - interval '40 days' where id = $1", [
      waiting.id,
    ]);
    const options = upkeep();
    const before = (await stage.files.list('')).files.length;
    expect(await dropUnusedUploads(options)).toBe(2);
    expect(await dropUnusedUploads(options)).toBe(0);
    expect((await stage.files.list('')).files.length).toBe(before - 2);
    await expect(manual.photoLink(by, unused.id)).rejects.toThrow('no such photo');
    await expect(imports.show(by, waiting.id)).rejects.toThrow('there is no such import');
    for (const { id } of [used, fresh]) expect(await manual.photoLink(by, id)).toContain('/photos/');
    await expect(stage.rows('delete from reading_photo where id = $1', [used.id])).rejects.toThrow(
      'evidence',
    );
    await expect(dropUnusedUploads({ ...options, keepDays: 0 })).rejects.toThrow(/a day at least/);
  });

  it('are none that the protocol of a move names', async () => {
    await newPoint();
    const [named, witness, unused] = [await addPhoto(), await addPhoto(), await addPhoto()];
    const all = [named.id, witness.id, unused.id];
    const [lease, handover, reading] = [
      stage.parts.ids.next(),
      stage.parts.ids.next(),
      stage.parts.ids.next(),
    ];
    const of = [house.organisation, lease, handover];
    await stage.rows(
      `insert into lease (id, organisation_id, building_id, number, state, start_day, currency, created_at)
       values ($2, $1, $3, '7', 'active', '2026-01-01', 'THB', now())`,
      [house.organisation, lease, house.building],
    );
    await stage.rows(
      `insert into handover (id, organisation_id, lease_id, kind, at, to_place_id, protocol, author, created_at)
       select $3, $1, $2, 'move-in', now(), i.place_id, jsonb_build_object('photos', jsonb_build_array($4::text)), 'test', now()
         from installation i where i.point_id = $5`,
      [...of, named.id, point],
    );
    await stage.rows(
      `insert into handover_reading (id, organisation_id, handover_id, point_id, side, at, count, photo_id, state)
       values ($3, $1, $2, $4, 'opening', now(), 5, $5, 'witness')`,
      [house.organisation, handover, reading, point, witness.id],
    );
    await aged(all);
    expect(await dropUnusedUploads(upkeep())).toBe(1);
    await expect(manual.photoLink(by, unused.id)).rejects.toThrow('no such photo');
    for (const { id } of [named, witness]) {
      expect(await manual.photoLink(by, id)).toContain('/photos/');
      await expect(stage.rows('delete from reading_photo where id = $1', [id])).rejects.toThrow('evidence');
    }
  });

  const upkeep = () => ({
    everybody: stage.ground.parts.everybody as Database,
    files: stage.files,
    clock: systemClock,
    keepDays: 30,
  });
  /** Forty days ago. */
  async function aged(photos: readonly string[]): Promise<void> {
    await stage.rows('alter table reading_photo disable trigger append_only');
    await stage.rows(
      "update reading_photo set created_at = created_at - interval '40 days' where id = any($1)",
      [photos],
    );
    await stage.rows('alter table reading_photo enable trigger append_only');
  }
});

describe('a decision on a reading', () => {
  it('supersedes, voids and is taken back; the newest counts, and history stays', async () => {
    await newPoint();
    await enter({ at: at('2026-01-25'), count: '1000' });
    await enter({ at: at('2026-02-25'), count: '20000', confirmed: true });
    const { id: photo } = await addPhoto();
    await correct({ at: at('2026-02-25'), kind: 'superseded', count: '2000', photo });
    expect(await counted()).toEqual(['2026-01-25 1000 7', '2026-02-25 2000 6']);
    await correct({ at: at('2026-02-25'), kind: 'voided' });
    expect(await counted()).toEqual(['2026-01-25 1000 7']);
    await correct({ at: at('2026-02-25'), kind: 'restored', reason: 'it was right' });
    expect(await counted()).toEqual(['2026-01-25 1000 7', '2026-02-25 20000 7']);
    const list = await corrections.list(by, { point, limit: 10 });
    expect(list.map(({ kind, count, reason, author }) => [kind, count, reason, author])).toEqual([
      ['restored', null, 'it was right', 'operator test'],
      ['voided', null, 'misread', 'operator test'],
      ['superseded', '2000', 'misread', 'operator test'],
    ]);
    await expect(correct({ at: at('2026-02-25'), kind: 'restored' })).rejects.toThrow('no decision');
    const [raw] = await stage.rows<{ n: number }>(
      'select count(*)::int as n from reading_billing r join point p on p.no = r.point where p.id = $1',
      [point],
    );
    expect(raw?.n).toBe(2);
  });

  it('makes the ledger look again, and stands in the audit', async () => {
    await newPoint();
    await enter({ at: at('2026-01-25'), count: '1000' });
    const before = await stage.count('usage_dirty');
    await correct({ at: at('2026-01-25'), kind: 'voided', reason: 'the meter next door' });
    expect(await stage.count('usage_dirty')).toBe(before + 1);
    const [entry] = await stage.rows(
      "select action, reason from audit_entry where action = 'reading.voided' and subject_id = $1",
      [point],
    );
    expect(entry).toEqual({ action: 'reading.voided', reason: 'the meter next door' });
    const [event] = await stage.rows<{ payload: object }>(
      "select payload from outbox where topic = 'reading.corrected' and key = $1",
      [point],
    );
    expect(event?.payload).toMatchObject({ point, kind: 'voided' });
  });

  it('of no reading is refused', async () => {
    await newPoint();
    await expect(correct({ at: at('2026-01-25'), kind: 'voided' })).rejects.toThrow(
      'no reading at 2026-01-25T01:00',
    );
    await enter({ at: at('2026-01-25'), count: '1000' });
    await expect(correct({ at: at('2026-01-25'), kind: 'superseded' })).rejects.toThrow('either count');
  });

  it('many at once come one after another', async () => {
    await newPoint();
    await enter({ at: at('2026-01-25'), count: '1000' });
    await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        correct({ at: at('2026-01-25'), kind: 'superseded', count: String(2000 + i) }),
      ),
    );
    const [newest] = await corrections.list(by, { point, limit: 1 });
    expect(await counted()).toEqual([`2026-01-25 ${newest?.count} 7`]);
  });
});
