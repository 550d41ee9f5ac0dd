import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Asked } from '../../src/ingest/door-parts.ts';
import type { Mapping } from '../../src/ingest/files/domain/mapping.ts';
import { ImportRunner } from '../../src/ingest/files/import-runner.ts';
import { ImportsService, type StartOptions } from '../../src/ingest/files/imports.service.ts';
import type { ImportRun } from '../../src/ingest/files/imports.types.ts';
import type { DirectReadings, Intake } from '../../src/ingest/index.ts';
import { BY, DoorStage, type House } from '../support/doors.ts';
import { sheetRow, workbook } from '../support/workbook.ts';

const MAPPING: Mapping = {
  headerLine: 1,
  columns: { room: 'ห้อง', date: 'วันที่' },
  values: [
    { column: 'ไฟ', medium: 'electricity', unit: 'หน่วย' },
    { column: 'น้ำ', medium: 'water', unit: 'หน่วย' },
  ],
  dates: { order: 'dmy', era: 'either', dateOnlyAt: '08:00' },
  decimal: '.',
  formulas: 'refuse',
  opening: false,
};
const HEAD = 'ห้อง,วันที่,ไฟ,น้ำ\n';
const NEVER = new AbortController().signal;

let stage: DoorStage;
let house: House;
let imports: ImportsService;
let by: Asked;

beforeAll(async () => {
  stage = await DoorStage.open();
  imports = new ImportsService(stage.parts);
});
afterAll(() => stage.close());

async function newHouse(rooms: readonly string[] = ['101', '102']): Promise<void> {
  house = await stage.addHouse(rooms, `House ${Math.random()}`);
  by = { ...BY, organisation: house.organisation };
}
/** Of this house: `room medium date count`. */
async function stored(): Promise<string[]> {
  const rows = await stage.rows<{ id: string; day: string; count: bigint; source: number }>(
    `select p.id, to_char(r.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI') as day, r.count, r.source
       from reading_billing r join point p on p.no = r.point where p.organisation_id = $1 order by p.no, r.at`,
    [house.organisation],
  );
  return rows.map(({ id, day, count, source }) => {
    const room = house.rooms.find(({ power, water }) => power === id || water === id);
    expect(source).toBe(5);
    return `${room?.name} ${room?.power === id ? 'power' : 'water'} ${day} ${count}`;
  });
}
const upload = (content: string | Buffer, name = 'มกราคม.csv') =>
  imports.receive(by, house.building, name, Readable.from([Buffer.from(content)]));

async function bring(content: string | Buffer, options: Partial<StartOptions> = {}): Promise<ImportRun> {
  const { id } = await upload(content);
  await imports.start(by, id, { mapping: MAPPING, dryRun: false, keepGood: false, ...options });
  return new ImportRunner(stage.parts).run(house.organisation, id, NEVER);
}
const faultsOf = async (run: ImportRun) =>
  (await imports.faults(by, run.id, 0, 1_000)).map(({ line, column, code }) => `${line}:${column} ${code}`);

describe('a file', () => {
  it('comes in, and once more without harm', async () => {
    await newHouse();
    const content = `${HEAD}101,25/12/2568,1200,10.5\n101,25/1/2569,1234.567,12\n102,25/1/69,"2,000",\n`;
    const run = await bring(content);
    expect(run).toMatchObject({ state: 'done', readings: 5, stored: 5, repeats: 0, faults: 0, conflicts: 0 });
    const expected = [
      '101 power 2025-12-25T01:00 1200000',
      '101 power 2026-01-25T01:00 1234567',
      '101 water 2025-12-25T01:00 10500',
      '101 water 2026-01-25T01:00 12000',
      '102 power 2026-01-25T01:00 2000000',
    ];
    expect(await stored()).toEqual(expected);
    const again = await bring(content);
    expect(again).toMatchObject({ state: 'done', stored: 0, repeats: 5, conflicts: 0 });
    expect(await stored()).toEqual(expected);
    expect((await imports.preview(by, again.id)).earlier).toBe(run.id);
    // What was staged has gone; the file stays as evidence.
    const kept = await stage.files.list(`imports/${house.building}/`);
    expect(kept.files.map(({ key }) => key.split('.').at(-1))).toEqual(['csv', 'csv']);
  });

  it('tells the ledger what changed, and the world that it is done', async () => {
    const [dirty] = await stage.rows<{ n: number }>(
      'select sum(cardinality(points))::int as n from usage_dirty',
    );
    expect(dirty?.n).toBeGreaterThanOrEqual(3);
    const topics = await stage.rows<{ topic: string }>(
      "select topic from outbox where topic like 'import.%'",
    );
    expect(new Set(topics.map(({ topic }) => topic))).toEqual(new Set(['import.queued', 'import.done']));
    const actions = await stage.rows<{ action: string }>(
      "select action from audit_entry where action like 'import.%'",
    );
    expect(new Set(actions.map(({ action }) => action))).toEqual(
      new Set(['import.received', 'import.started', 'import.storing', 'import.done']),
    );
  });

  it('with one fault brings in nothing, and names it', async () => {
    await newHouse();
    const lines = Array.from(
      { length: 300 },
      (_, i) => `${101 + (i % 2)},${(i % 28) + 1}/1/${2564 + (i % 5)},${i},1`,
    );
    // Lines 5, 101 and 250 of the file.
    lines[3] = '999,1/1/2569,5,1';
    lines[99] = '101,31/2/2569,5,1';
    lines[248] = '101,2/1/2569,5x,-1';
    const run = await bring(HEAD + lines.join('\n'));
    expect(run.state).toBe('refused');
    const faults = await faultsOf(run);
    expect(faults.filter((fault) => !fault.includes('twice'))).toEqual([
      '5:1 point_unknown',
      '101:2 date_impossible',
      '250:3 number_unreadable',
      '250:4 number_negative',
    ]);
    expect(await stored()).toEqual([]);
    expect(await stage.count('batch', `organisation_id = '${house.organisation}'`)).toBe(0);
  });

  it('keeps the good lines when asked to, and the faults for the rest', async () => {
    await newHouse();
    const run = await bring(`${HEAD}101,1/1/2569,5,1\n101,x,6,2\n102,1/1/2569,7,\n`, { keepGood: true });
    expect(run).toMatchObject({ state: 'done', stored: 3, faults: 1 });
    expect(await faultsOf(run)).toEqual(['3:2 date_unreadable']);
    expect(await stored()).toHaveLength(3);
  });

  it('is only judged in a dry run, and can be started again', async () => {
    await newHouse();
    const { id } = await upload(`${HEAD}101,1/1/2569,5,1\n`);
    const runner = new ImportRunner(stage.parts);
    await imports.start(by, id, { mapping: MAPPING, dryRun: true, keepGood: false });
    expect(await runner.run(house.organisation, id, NEVER)).toMatchObject({
      state: 'checked',
      stored: 2,
      readings: 2,
    });
    expect(await stored()).toEqual([]);
    await imports.start(by, id, { mapping: MAPPING, dryRun: false, keepGood: false });
    expect(await runner.run(house.organisation, id, NEVER)).toMatchObject({ state: 'done', stored: 2 });
    expect(await stored()).toHaveLength(2);
    await expect(imports.start(by, id, { mapping: MAPPING, dryRun: false, keepGood: false })).rejects.toThrow(
      'the import is done and cannot be started',
    );
  });

  it('that contradicts what is stored, or itself, comes in no part of it', async () => {
    await newHouse();
    await bring(`${HEAD}101,1/1/2569,5,1\n`);
    const run = await bring(`${HEAD}102,1/1/2569,5,1\n101,1/1/2569,6,1\n102,1/1/2569,5.5,1\n`);
    expect(run).toMatchObject({ state: 'refused', conflicts: 1 });
    // The file's own contradiction is seen line by line, the database's chunk by chunk.
    expect(await faultsOf(run)).toEqual(['4:3 twice', '3:3 conflict']);
    expect(await stored()).toHaveLength(2);
  });

  it('of the future is held until its time', async () => {
    await newHouse();
    const soon = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    const run = await bring(`${HEAD}101,${soon},5,1\n`);
    expect(run).toMatchObject({ state: 'done', stored: 0, held: 2 });
    expect(await stored()).toEqual([]);
  });

  it('opens meters', async () => {
    await newHouse();
    await bring(`${HEAD}101,1/1/2569,5,\n`, { mapping: { ...MAPPING, opening: true } });
    const events = await stage.rows<{ payload: { count: string } }>(
      "select payload from outbox where topic = 'reading.opening' and organisation_id = $1",
      [house.organisation],
    );
    expect(events.map(({ payload }) => payload.count)).toEqual(['5000']);
  });

  it('opens each meter once: with the earliest line of its history, wherever that stands', async () => {
    await newHouse();
    const lines = '101,1/3/2569,30,\n101,1/1/2569,10,\n101,1/2/2569,20,\n102,1/2/2569,5,\n';
    const mapping = { ...MAPPING, opening: true };
    expect((await imports.preview(by, (await upload(HEAD + lines)).id, mapping)).notes).toContainEqual(
      expect.stringContaining('a meter begins once'),
    );
    expect(await bring(HEAD + lines, { mapping })).toMatchObject({ state: 'done', stored: 4 });
    const events = await stage.rows<{ payload: { count: string } }>(
      "select payload from outbox where topic = 'reading.opening' and organisation_id = $1",
      [house.organisation],
    );
    expect(events.map(({ payload }) => payload.count).sort()).toEqual(['10000', '5000']);
  });

  it('may be a workbook', async () => {
    await newHouse();
    const data =
      sheetRow(1, ['ห้อง', 'วันที่', 'ไฟ', 'น้ำ']) +
      '<row r="2"><c r="A2"><v>101</v></c><c r="B2" s="1"><v>46054</v></c><c r="C2"><v>1234.567</v></c><c r="D2"><v>0.30000000000000004</v></c></row>';
    const run = await bring(workbook({ sheets: [{ name: 'ม.ค.', data }] }));
    expect(run).toMatchObject({ state: 'done', format: 'xlsx', stored: 2 });
    expect(await stored()).toEqual(['101 power 2026-02-01T01:00 1234567', '101 water 2026-02-01T01:00 300']);
  });

  it.each<[string, string, Partial<Mapping>, string]>([
    [
      'without the column',
      `${HEAD}101,1/1/2569,5,1\n`,
      { columns: { room: 'flat', date: 2 } },
      'there is no column "flat"',
    ],
    [
      'with a cell that never ends',
      `${HEAD}101,"1/1/2569,5,1\n`,
      {},
      'line 2: a quoted cell begins and does not end',
    ],
  ])('%s fails with the reason', async (_what, content, change, error) => {
    await newHouse();
    const run = await bring(content, { mapping: { ...MAPPING, ...change } });
    expect(run).toMatchObject({ state: 'failed', error: expect.stringContaining(error) });
    expect(await stored()).toEqual([]);
  });

  it('without a single reading is refused', async () => {
    await newHouse();
    expect(await bring(HEAD)).toMatchObject({ state: 'refused', error: 'the file holds no readings' });
  });

  it('of the old kind is told what to do, and kept nowhere', async () => {
    await newHouse();
    const old = Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(600)]);
    await expect(upload(old)).rejects.toThrow('save it as .xlsx');
    await expect(upload(Buffer.from('%PDF-1.7\n%âãÏÓ\n'))).rejects.toThrow('not text/csv');
    expect((await stage.files.list(`imports/${house.building}/`)).files).toEqual([]);
  });
});

describe('whose it is', () => {
  it('an organisation sees neither files nor meters of another', async () => {
    await newHouse();
    const theirs = { house, by, run: await upload(`${HEAD}101,1/1/2569,5,1\n`) };
    await newHouse(['201']);
    await expect(imports.show(by, theirs.run.id)).rejects.toThrow('there is no such import');
    await expect(
      imports.receive(by, theirs.house.building, 'x', Readable.from([Buffer.from('a')])),
    ).rejects.toThrow('no such building');
    const byPoint = { ...MAPPING, columns: { point: 1, date: 2 } };
    const run = await bring(`${HEAD}${theirs.house.rooms[0]?.power},1/1/2569,5,\n`, { mapping: byPoint });
    expect(run.state).toBe('refused');
    expect(await faultsOf(run)).toEqual(['2:1 point_unknown']);
  });
});

describe('a preview', () => {
  it('proposes a mapping that works, and shows what it makes of the first lines', async () => {
    await newHouse();
    const { id } = await upload(`หอพัก\n${HEAD}101,25/1/2569,1234,12\n102,x,5,1\n`);
    const preview = await imports.preview(by, id);
    expect(preview).toMatchObject({
      proposed: true,
      problems: [],
      totalLines: 5,
      faultCount: 1,
      linesLookedAt: 2,
    });
    expect(preview.lines[0]?.readings.map(({ count }) => count)).toEqual([1_234_000n, 12_000n]);
    expect(preview.faults[0]).toMatchObject({ line: 4, column: 2, code: 'date_unreadable' });
    await imports.saveMapping(by, 'หอพัก', preview.mapping);
    await imports.saveMapping(by, 'other', { ...MAPPING, columns: { room: 'flat', date: 1 } });
    expect((await imports.preview(by, id)).fitting).toEqual(['หอพัก']);
    await imports.dropMapping(by, 'other');
    expect((await imports.mappings(by)).map(({ name }) => name)).toEqual(['หอพัก']);
  });

  it('of a mapping that lacks something shows the cells, and what it lacks', async () => {
    const { id } = await upload(`${HEAD}101,25/1/2569,1234,12\n`);
    const preview = await imports.preview(by, id, { ...MAPPING, columns: {} });
    expect(preview.problems).toHaveLength(2);
    expect(preview.lines[0]?.cells).toEqual(['101', '25/1/2569', '1234', '12']);
  });
});

/** An intake that does something odd before it does its work. */
function intake(before: (direct: DirectReadings) => void | Promise<void>): Pick<Intake, 'readings'> {
  return {
    async readings(direct) {
      await before(direct);
      return stage.pipeline.readings(direct);
    },
  };
}
/** As many readings, each of a second of its own, in the two rooms by turns. */
function manyReadings(count: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const line = (i: number) => {
    const second = Math.floor(i / 2);
    const clock = [Math.floor(second / 3600), Math.floor(second / 60) % 60, second % 60].map(two).join(':');
    return `${101 + (i % 2)},1/1/2568 ${clock},${i},\n`;
  };
  return HEAD + Array.from({ length: count }, (_, i) => line(i)).join('');
}

describe('on the way', () => {
  it('is called off until storing begins, and not after', async () => {
    await newHouse();
    const { id } = await upload(manyReadings(5_000));
    await imports.start(by, id, { mapping: MAPPING, dryRun: false, keepGood: false });
    let asked = false;
    const runner = new ImportRunner({
      ...stage.parts,
      intake: intake(async () => {
        if (!asked) await imports.cancel(by, id);
        asked = true;
      }),
    });
    expect(await runner.run(house.organisation, id, NEVER)).toMatchObject({ state: 'cancelled' });
    expect(await stored()).toEqual([]);
    await expect(imports.start(by, id, { mapping: MAPPING, dryRun: false, keepGood: false })).rejects.toThrow(
      'cancelled',
    );
  });

  it('that loses the database in the middle goes on where it was', async () => {
    await newHouse();
    const { id } = await upload(manyReadings(5_000));
    await imports.start(by, id, { mapping: MAPPING, dryRun: false, keepGood: false });
    let chunks = 0;
    const failing = intake((direct) => {
      if (direct.dryRun) return;
      chunks += 1;
      if (chunks === 2) throw new Error('the connection broke');
    });
    const broken = new ImportRunner({ ...stage.parts, intake: failing });
    await expect(broken.run(house.organisation, id, NEVER)).rejects.toThrow('the connection broke');
    expect(await imports.show(by, id)).toMatchObject({ state: 'storing', chunks: 1 });
    await expect(imports.cancel(by, id)).rejects.toThrow('being stored and cannot be cancelled');
    // Another process waits until the first one has been silent for a while.
    await expect(new ImportRunner(stage.parts).run(house.organisation, id, NEVER)).rejects.toThrow(
      'another process',
    );
    const references: string[] = [];
    const watched = intake(({ reference }) => void references.push(reference));
    const run = await new ImportRunner({ ...stage.parts, intake: watched }, 0).run(
      house.organisation,
      id,
      NEVER,
    );
    expect(run).toMatchObject({ state: 'done', stored: 5_000, repeats: 0, chunks: 3 });
    expect(references).toEqual([`${id}/2`, `${id}/3`]);
    expect(await stored()).toHaveLength(5_000);
  });

  it('two files at once do not get into each other’s way', async () => {
    await newHouse();
    const content = manyReadings(3_000);
    const [one, two] = await Promise.all([bring(content), bring(content)]);
    expect([one.state, two.state]).toEqual(['done', 'done']);
    expect([one.faults, two.faults]).toEqual([0, 0]);
    expect(await stored()).toHaveLength(3_000);
  });
});
