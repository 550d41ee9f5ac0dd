import { Readable } from 'node:stream';
import { Temporal } from 'temporal-polyfill';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Asked } from '../../src/ingest/door-parts.ts';
import type { Mapping } from '../../src/ingest/files/domain/mapping.ts';
import { ImportRunner } from '../../src/ingest/files/import-runner.ts';
import { CorrectionsService, ImportsService, ManualService } from '../../src/ingest/index.ts';
import { DecisionsService, openingHandler, UsageWorker } from '../../src/metering/index.ts';
import type { Database } from '../../src/platform/db/index.ts';
import { BY, DoorStage, type House } from '../support/doors.ts';

const MAPPING: Mapping = {
  headerLine: 1,
  columns: { room: 'room', date: 'date', opening: 'opening' },
  values: [{ column: 'kWh', medium: 'electricity', unit: 'kWh' }],
  dates: { order: 'dmy', era: 'either', dateOnlyAt: '08:00' },
  decimal: '.',
  formulas: 'refuse',
  opening: false,
};
const HEAD = 'room,date,kWh,opening\n';
const NEVER = new AbortController().signal;
const at = (day: string) => Temporal.Instant.from(`${day}T08:00:00+07:00`);

let stage: DoorStage;
let worker: UsageWorker;
let imports: ImportsService;
let manual: ManualService;
let corrections: CorrectionsService;
let decisions: DecisionsService;
let house: House;
let by: Asked;
let point: string;

beforeAll(async () => {
  stage = await DoorStage.open();
  imports = new ImportsService(stage.parts);
  manual = new ManualService(stage.parts);
  corrections = new CorrectionsService(stage.parts);
  decisions = new DecisionsService(stage.parts);
  worker = new UsageWorker({
    ...stage.parts,
    everybody: stage.ground.parts.everybody as Database,
    onError: (error) => {
      throw error;
    },
  });
});
afterAll(() => stage.close());

async function newHouse(): Promise<void> {
  house = await stage.addHouse(['101'], `House ${Math.random()}`);
  by = { ...BY, organisation: house.organisation };
  point = house.rooms[0]?.power ?? '';
}
const upload = (lines: string) =>
  imports.receive(by, house.building, 'a.csv', Readable.from([Buffer.from(HEAD + lines)]));

async function bring(lines: string) {
  const { id } = await upload(lines);
  await imports.start(by, id, { mapping: MAPPING, dryRun: false, keepGood: false });
  return new ImportRunner(stage.parts).run(house.organisation, id, NEVER);
}
/** What the hub does with events, and then with readings. */
async function settle(): Promise<void> {
  const handle = openingHandler(stage.parts);
  const events = await stage.rows<{ id: string; payload: object }>(
    "delete from outbox where topic = 'reading.opening' and organisation_id = $1 returning id, payload",
    [house.organisation],
  );
  for (const { id, payload } of events) {
    const event = { id, organisation: house.organisation, topic: 'reading.opening', key: null, payload };
    expect(await handle({ ...event, attempts: 0 }, NEVER)).toEqual({ kind: 'done' });
  }
  expect(await worker.drain()).toMatchObject({ failed: 0 });
}
const used = async () => {
  const [row] = await stage.rows<{ sum: number }>(
    `select coalesce(sum(d.quantity), 0)::int as sum from usage_day d join point p on p.no = d.point where p.id = $1`,
    [point],
  );
  return row?.sum;
};
const epochs = async () =>
  (await decisions.epochs(by, point))
    .filter(({ supersededAt }) => supersededAt === null)
    .map(({ kind, fromAt, opening }) => `${kind} ${fromAt.toString().slice(0, 10)} ${opening}`);
const suspects = async () =>
  (await decisions.suspects(by, { point, open: true, limit: 9 })).map(
    ({ kind, before, after }) => `${kind} ${before} ${after}`,
  );

describe('a meter begins once', () => {
  it('and gives up nothing that was billed when somebody says later that it began', async () => {
    await newHouse();
    for (const [day, kWh] of [
      ['2026-01-10', '100'],
      ['2026-01-11', '105'],
      ['2026-01-12', '110'],
    ] as const)
      await manual.enter(by, { point, at: at(day), value: kWh, unit: 'kWh' });
    await settle();
    expect(await used()).toBe(10_000);
    const late = { point, at: at('2026-01-12').add({ hours: 1 }), value: '110', unit: 'kWh', opening: true };
    await expect(manual.enter(by, { ...late, confirmed: true })).rejects.toMatchObject({
      code: 'reading_not_opening',
      message:
        'the meter cannot begin with this reading: it was read before: 110000 at 2026-01-12T01:00Z; leave opening out, or declare what happened to the meter (epoch declare)',
    });
    const run = await bring('101,13/1/2026,112,x\n');
    expect(run).toMatchObject({ state: 'refused', faults: 1 });
    expect(await imports.faults(by, run.id, 0, 9)).toMatchObject([
      {
        ...{ line: 2, code: 'opening_refused' },
        problem: 'cannot be what the meter began with: it was read before: 110000 at 2026-01-12T01:00Z',
      },
    ]);
    const preview = await imports.preview(by, (await upload('101,13/1/2026,112,x\n')).id, MAPPING);
    expect(preview.faults).toMatchObject([{ line: 2, code: 'opening_refused' }]);
    // Nobody could ask whoever sent it: the reading comes in, and what was billed stays.
    await stage.pipeline.readings({
      ...{ organisation: house.organisation, source: 4, reference: 'late opening' },
      readings: [
        {
          point: point as never,
          at: late.at.epochMilliseconds,
          class: 'billing',
          count: 110_000n,
          opening: true,
        },
      ],
    });
    await settle();
    expect([await used(), await epochs()]).toEqual([10_000, ['installed 2026-01-10 100000']]);
    const declared = { kind: 'installed', opening: 110_000n, reason: 'a trial before' } as const;
    const from = at('2026-01-12').epochMilliseconds;
    await expect(decisions.declare(by, point, { ...declared, at: from })).rejects.toMatchObject({
      code: 'epoch_implausible',
      details: { hints: ['billed-before'] },
    });
    await decisions.declare(by, point, { ...declared, at: from, confirmed: true });
    await settle();
    expect(await used()).toBe(0);
  });

  it('and begins earlier when a history comes that leads up to its beginning', async () => {
    await newHouse();
    await bring('101,1/1/2568,500,x\n101,11/1/2568,510,\n');
    await settle();
    expect([await used(), await epochs()]).toEqual([10_000, ['installed 2025-01-01 500000']]);
    expect(await bring('101,10/12/2567,470,x\n101,20/12/2567,485,\n')).toMatchObject({ state: 'done' });
    await settle();
    expect([await used(), await epochs()]).toEqual([40_000, ['installed 2024-12-10 470000']]);
    expect(await suspects()).toEqual([]);
  });

  it('and not with a history that does not: it is a fault of the line, and what gets in is put to a person', async () => {
    await newHouse();
    await bring('101,1/1/2568,500,x\n101,11/1/2568,510,\n');
    await settle();
    const run = await bring('101,10/12/2567,9470,x\n101,20/12/2567,9485,\n');
    expect(run).toMatchObject({ state: 'refused', stored: 2 });
    expect(await imports.faults(by, run.id, 0, 9)).toMatchObject([
      {
        line: 2,
        problem:
          'cannot be what the meter began with: that does not lead up to what it began with: 500000 at 2025-01-01T01:00Z',
      },
    ]);
    const opening = {
      point: point as never,
      at: at('2024-12-10').epochMilliseconds,
      class: 'billing',
    } as const;
    await stage.pipeline.readings({
      ...{ organisation: house.organisation, source: 4, reference: 'old opening' },
      readings: [{ ...opening, count: 9_470_000n, opening: true }],
    });
    await settle();
    expect([await used(), await epochs()]).toEqual([10_000, ['installed 2025-01-01 500000']]);
    expect(await suspects()).toEqual(['opening 9470000 500000']);
    const told = await stage.rows(
      "select payload ->> 'kind' as kind from outbox where topic = 'meter.suspect' and key = $1",
      [point],
    );
    expect(told).toEqual([{ kind: 'opening' }]);
    // It outlives that everything is worked out again, until a person has said what it was.
    await stage.rows(
      "select note_usage_dirty(array[no], array['-infinity'::timestamptz], array['infinity'::timestamptz]) from point where id = $1",
      [point],
    );
    await settle();
    const [suspect] = await decisions.suspects(by, { point, open: true, limit: 9 });
    const resolve = (as: 'reset' | 'dismissed') =>
      decisions.resolve(by, suspect?.id ?? '', { as, reason: 'another meter' });
    await expect(resolve('reset')).rejects.toMatchObject({ code: 'epoch_invalid' });
    await resolve('dismissed');
    expect(await suspects()).toEqual([]);
  });
});

describe('one judgement', () => {
  it('of a closing and an opening that are declared', async () => {
    await newHouse();
    for (const [day, count] of [
      ['2026-01-10', '1500'],
      ['2026-01-11', '1600'],
      ['2026-01-13', '40'],
    ] as const)
      await manual.enter(by, { point, at: at(day), count, confirmed: true });
    await settle();
    const replaced = { kind: 'replaced', at: at('2026-01-12').epochMilliseconds, reason: 'broken' } as const;
    const declare = (closing: bigint, opening: bigint, confirmed?: boolean) =>
      decisions.declare(by, point, { ...replaced, closing, opening, confirmed });
    await expect(declare(1_682_000n, 0n)).rejects.toMatchObject({
      code: 'epoch_implausible',
      message:
        'the closing 1682000 does not fit 1600 at 2026-01-11T01:00Z before it (faster-than-possible, faster-than-usual): look again, or confirm that it is right',
    });
    await expect(declare(1_599n, 0n)).rejects.toMatchObject({ details: { hints: ['below-previous'] } });
    await expect(declare(1_682n, 41n)).rejects.toMatchObject({
      message:
        'the opening 41 does not fit 40 at 2026-01-13T01:00Z after it (above-next): look again, or confirm that it is right',
    });
    await declare(1_682n, 0n);
    await settle();
    expect(await used()).toBe(182 + 40);
  });

  it('of what is put in the place of a reading', async () => {
    await newHouse();
    for (const [day, count] of [
      ['2026-01-10', '1000'],
      ['2026-01-11', '1095'],
      ['2026-01-12', '1200'],
    ] as const)
      await manual.enter(by, { point, at: at(day), count });
    const supersede = (count: string, confirmed?: boolean) =>
      corrections.correct(by, {
        ...{ point, at: at('2026-01-11'), kind: 'superseded', reason: 'misread', count, confirmed },
      });
    await expect(supersede('5')).rejects.toMatchObject({
      code: 'reading_implausible',
      details: { hints: ['below-previous'] },
    });
    await expect(supersede('1201')).rejects.toMatchObject({ details: { hints: ['above-next'] } });
    expect(await supersede('1096')).toMatchObject({ count: '1096' });
    expect(await supersede('5', true)).toMatchObject({ count: '5' });
  });

  it('of the lines of a file, before it comes in', async () => {
    await newHouse();
    await manual.enter(by, { point, at: at('2026-01-10'), value: '2584.17', unit: 'kWh' });
    const lines = '101,11/1/2026,2000,\n101,12/1/2026,2590,\n101,13/1/2026,2595,\n101,14/1/2026,2592,\n';
    const { hints, hintCount, faultCount } = await imports.preview(by, (await upload(lines)).id, MAPPING);
    expect([hintCount, faultCount]).toEqual([4, 0]);
    expect(hints.map(({ line, hints: found }) => [line, ...found])).toEqual([
      [2, 'below-previous'],
      [3, 'faster-than-possible'],
      [4, 'above-next'],
      [5, 'below-previous'],
    ]);
  });
});

it('kilowatt-hours are counts of the meter that was there then', async () => {
  await newHouse();
  await manual.enter(by, { point, at: at('2026-01-10'), value: '100', unit: 'kWh' });
  await settle();
  const replaced = { kind: 'replaced', opening: 0n, closing: 101_000n, reason: 'exchanged' } as const;
  const register = 'hiking-dds238-2-zn-sr@1/energy_import_total';
  await decisions.declare(by, point, { ...replaced, at: at('2026-01-11').epochMilliseconds, register });
  // 10 Wh a count from then on.
  expect(await manual.enter(by, { point, at: at('2026-01-12'), value: '5', unit: 'kWh' })).toMatchObject({
    count: 500n,
    hints: [],
  });
  const run = await bring('101,13/1/2026,7,\n101,10/1/2026 12:00,100.5,\n');
  expect(run).toMatchObject({ state: 'done', stored: 2 });
  await settle();
  expect(await used()).toBe(1_000 + 7_000);
});
