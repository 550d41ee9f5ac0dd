import { join } from 'node:path';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { foldText, nameKey, searchKey, sortKey } from '../../src/kernel/plain-text.ts';
import { rankOf, searchQuery } from '../../src/kernel/text-search.ts';
import {
  type By,
  InstallationsService,
  MetersService,
  PlacesService,
  SitesService,
} from '../../src/sites/index.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';
import { hubEnv, temporaryFolder } from '../support/hub-process.ts';
import { type OpenSites, openSites } from '../support/sites.ts';

const BY: By = { actor: { kind: 'operator', id: 'test' } };
const day = (text: string) => Temporal.PlainDate.from(text);
const at = (text: string) => Temporal.Instant.from(text);

let fresh: FreshDatabase;
let ground: OpenSites;
let sites: SitesService;
let places: PlacesService;
let meters: MetersService;
let installations: InstallationsService;
let organisation: string;
let building: string;

beforeAll(async () => {
  fresh = await freshDatabase();
  ground = openSites(fresh);
  sites = new SitesService(ground.parts);
  places = new PlacesService(ground.parts);
  meters = new MetersService(ground.parts);
  installations = new InstallationsService(ground.parts);
  organisation = (await sites.addOrganisation({ name: 'บ้านสวน' }, BY)).id;
  building = (await sites.addBuilding(organisation, { name: 'ตึก A', zone: 'Asia/Bangkok' }, BY)).id;
});
afterAll(async () => {
  await ground.close();
  await fresh.drop();
});

const rows = async <Row>(text: string, ...values: unknown[]) =>
  (await ground.pools.owner.query(text, values)).rows as Row[];
const told = (subject: string) =>
  rows<{ action: string; fields: string[]; reason: string | null }>(
    'select action, fields, reason from audit_entry where subject_id = $1 order by id',
    subject,
  );
let houses = 0;
const house = async (name?: string) => {
  houses += 1;
  const given = { name: name ?? `House ${houses}`, zone: 'Asia/Bangkok' };
  return (await sites.addBuilding(organisation, given, BY)).id;
};
const room = (name: string, more: object = {}) =>
  places.addPlace(organisation, { building, name, kind: 'room', ...more }, BY);

describe('the database compares text as the program does', () => {
  const text = fc.string({
    unit: fc.constantFrom(
      ...'abzAZéÉđßςΣσЖжЯ09๐๑๙กขฮหมอเแโใไะาำิีึืุู็่้๊๋์ํฯๆ฿ -_./%\\#()\n\t\u00a0\u00ad\u200b\u2060\ufeff\u2013\u2026ａ１²½ﬁ',
    ),
    maxLength: 24,
  });

  test('in each of its forms', async () => {
    const texts = fc.sample(text, { numRuns: 1500, seed: 5 });
    const made = await rows<{ name: string; fold: string; key: string; sort: string }>(
      `select name_key(t) as name, fold_text(t) as fold, search_key(t, o) as key, sort_key(t) as sort
         from unnest($1::text[], $2::text[]) with ordinality as u (t, o, n) order by n`,
      texts,
      texts.map((_, i) => (i % 3 === 0 ? null : (texts[i + 1] ?? null))),
    );
    const ours = texts.map((each, i) => ({
      name: nameKey(each),
      fold: foldText(each),
      key: searchKey(each, i % 3 === 0 ? null : (texts[i + 1] ?? null)),
      sort: sortKey(each),
    }));
    expect(made).toEqual(ours);
  });

  test('and ranks what it finds alike', async () => {
    const names = fc.sample(text, { numRuns: 60, seed: 6 });
    for (const asked of ['1', 'a', 'ก', '๑', 'ab 1', ...fc.sample(text, { numRuns: 40, seed: 7 })]) {
      const query = searchQuery(asked);
      if (!query) continue;
      const made = await rows<{ rank: number | null }>(
        `select case when search_key(t, null) like all ($2::text[]) then search_rank(search_key(t, null), $3) end as rank
           from unnest($1::text[]) with ordinality as u (t, n) order by n`,
        names,
        query.words.map((word) => `%${word}%`),
        query.whole,
      );
      expect(made.map(({ rank }) => rank ?? undefined)).toEqual(
        names.map((name) => rankOf(searchKey(name), query)),
      );
    }
  });
});

describe('a building', () => {
  test('is said more of, field by field; what does not change is not told', async () => {
    const id = await house();
    const changed = await sites.changeBuilding(
      organisation,
      id,
      { otherName: 'บ้าน', address: '1 ถนนสุขุมวิท', cycleDay: 25, version: 1 },
      BY,
    );
    expect(changed).toMatchObject({ otherName: 'บ้าน', cycleDay: 25, currency: 'THB', version: 2 });
    await sites.changeBuilding(organisation, id, { cycleDay: 25 }, BY);
    const taken = await sites.changeBuilding(organisation, id, { address: null }, BY);
    expect(taken).toMatchObject({ address: null, otherName: 'บ้าน', version: 3 });
    expect((await told(id)).map(({ action, fields }) => [action, fields])).toEqual([
      ['building.added', ['name', 'zone', 'currency', 'cycleDay']],
      ['building.changed', ['otherName', 'address', 'cycleDay']],
      ['building.changed', ['address']],
    ]);
  });

  test('two who have read the same cannot overwrite each other unknowingly', async () => {
    const id = await house();
    const both = await Promise.allSettled(
      [5, 25].map((cycleDay) => sites.changeBuilding(organisation, id, { cycleDay, version: 1 }, BY)),
    );
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find((each) => each.status === 'rejected')?.reason).toMatchObject({ code: 'site_changed' });
  });

  test.each([
    [{ currency: 'BTC' }, /the currency of a building must be THB, IDR/],
    [{ cycleDay: 32 }, /a day from 1 to 31; 32 is not one/],
    [{ name: ' ' }, /the name of a building must have 1 to 120 characters/],
  ])('is refused with %o', async (given, message) => {
    await expect(sites.changeBuilding(organisation, building, given, BY)).rejects.toThrow(message);
  });

  test('lets under the rules that were said last about each day; what was said stays', async () => {
    const id = await house();
    const say = (from: string, regime: string | null) =>
      sites.sayRegime(organisation, id, { from: day(from), regime, reason: 'licence 12/2569' }, BY);
    await say('2026-01-01', 'contract-controlled');
    await say('2026-06-01', 'hotel');
    await say('2026-06-01', null);
    const spans = await say('2026-07-01', 'licensed-dormitory');
    expect(spans.map(({ from, to, regime }) => [from.toString(), to?.toString(), regime])).toEqual([
      ['2026-01-01', '2026-07-01', 'contract-controlled'],
      ['2026-07-01', undefined, 'licensed-dormitory'],
    ]);
    expect(await rows('select regime from building_regime where building_id = $1', id)).toHaveLength(4);
    await expect(rows('delete from building_regime where building_id = $1', id)).rejects.toThrow(
      /append-only/,
    );
    expect((await told(id)).at(-1)).toEqual({
      action: 'building.regime_said',
      fields: ['from', 'regime'],
      reason: 'licence 12/2569',
    });
    await expect(say('2026-01-01', 'castle')).rejects.toThrow(
      /must be contract-controlled, .*"castle" is not/,
    );
  });
});

describe('places', () => {
  test('stand floor by floor as one walks through, by number and not by letter', async () => {
    const id = await house();
    const add = (name: string, kind: string, more: object = {}) =>
      places.addPlace(organisation, { building: id, name, kind, ...more }, BY);
    const ten = await add('ชั้น ๑๐', 'floor');
    const two = await add('ชั้น 2', 'floor');
    const cellar = await add('ใต้ดิน', 'floor', { level: -1 });
    for (const name of ['ห้อง 210', 'ห้อง ๒๐๙', 'ห้อง 22']) await add(name, 'room', { parent: two.id });
    await add('Laundry', 'common', { parent: cellar.id });
    await add('1001', 'room', { parent: ten.id });
    await add('Guard house', 'common');
    expect((await places.places(organisation, id)).map(({ name }) => name)).toEqual([
      'ใต้ดิน',
      'Laundry',
      'ชั้น 2',
      'ห้อง 22',
      'ห้อง ๒๐๙',
      'ห้อง 210',
      'ชั้น ๑๐',
      '1001',
      'Guard house',
    ]);
  });

  test('a name is said once in a building, however it is typed; also for two who ask at once', async () => {
    await room('ห้อง 301');
    await expect(room('ห้อง๓๐๑')).rejects.toMatchObject({
      code: 'place_name_taken',
      message: 'the building has a place called "ห้อง 301" already',
    });
    const both = await Promise.allSettled([room('302'), room('๓๐๒')]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find((each) => each.status === 'rejected')?.reason).toMatchObject({
      code: 'place_name_taken',
    });
    // A floor is no room, and another building is another building.
    await places.addPlace(organisation, { building, name: '301', kind: 'floor' }, BY);
    await places.addPlace(organisation, { building: await house(), name: 'ห้อง 301', kind: 'room' }, BY);
  });

  test('are renamed, moved and taken back; the audit says which fields', async () => {
    const floor = await places.addPlace(organisation, { building, name: 'F4', kind: 'floor' }, BY);
    const { id } = await room('401', { areaM2: '24.5', capacity: 2 });
    const changed = await places.changePlace(
      organisation,
      id,
      { name: '401A', otherName: 'สี่ศูนย์หนึ่ง', parent: floor.id, areaM2: '24.50' },
      BY,
    );
    expect(changed).toMatchObject({ name: '401A', parent: floor.id, areaM2: '24.50', version: 2 });
    expect(await places.place(organisation, id)).toEqual(changed);
    await expect(places.removePlace(organisation, floor.id, 'a typo', BY)).rejects.toMatchObject({
      code: 'place_in_use',
    });
    await places.removePlace(organisation, id, 'entered twice', BY);
    await expect(places.place(organisation, id)).rejects.toMatchObject({ code: 'place_not_found' });
    expect((await told(id)).map(({ action, fields, reason }) => [action, fields, reason])).toEqual([
      ['place.added', ['building', 'name', 'kind', 'areaM2', 'capacity'], null],
      ['place.changed', ['name', 'parent', 'otherName'], null],
      ['place.removed', [], 'entered twice'],
    ]);
  });

  test('are on a floor of their own building', async () => {
    const other = await house();
    const far = await places.addPlace(organisation, { building: other, name: '1', kind: 'floor' }, BY);
    const near = await room('501');
    await expect(room('502', { parent: far.id })).rejects.toThrow(/the building has no such floor/);
    await expect(room('502', { parent: near.id })).rejects.toThrow(/a place is on a floor; "501" is a room/);
    // Nor can a row say so, whoever writes it.
    await expect(rows('update place set parent_id = $1 where id = $2', far.id, near.id)).rejects.toThrow(
      /place_floor/,
    );
  });

  test('are out of service by days of the building, without an overlap', async () => {
    const { id } = await room('601');
    const out = (from: string, to?: string) =>
      places.addOutage(
        organisation,
        id,
        { from: day(from), to: to === undefined ? null : day(to), reason: 'ซ่อมห้องน้ำ' },
        BY,
      );
    const first = await out('2026-01-10', '2026-01-20');
    await out('2026-01-20', '2026-01-25');
    await expect(out('2026-01-24', '2026-02-01')).rejects.toMatchObject({ code: 'outage_overlaps' });
    await expect(out('2026-03-02', '2026-03-01')).rejects.toThrow(/on a day after the one/);
    const today = Temporal.Now.zonedDateTimeISO('Asia/Bangkok').toPlainDate();
    const now = await out(today.toString());
    expect((await places.place(organisation, id)).state).toBe('out-of-service');
    await expect(
      places.endOutage(organisation, { place: id, outage: now.id, on: today }, BY),
    ).rejects.toThrow(/on a day after the one/);
    const end = today.add({ days: 3 });
    expect(await places.endOutage(organisation, { place: id, outage: now.id, on: end }, BY)).toMatchObject({
      to: end,
    });
    await places.removeOutage(organisation, { place: id, outage: first.id, reason: 'wrong room' }, BY);
    expect((await places.outages(organisation, id)).map(({ from }) => from.toString())).toEqual([
      '2026-01-20',
      today.toString(),
    ]);
    expect((await told(id)).map(({ action, reason }) => [action, reason]).slice(1)).toEqual([
      ['place.outage_added', 'ซ่อมห้องน้ำ'],
      ['place.outage_added', 'ซ่อมห้องน้ำ'],
      ['place.outage_added', 'ซ่อมห้องน้ำ'],
      ['place.outage_ended', null],
      ['place.outage_removed', 'wrong room'],
    ]);
  });
});

describe('what a main meter sums', () => {
  const add = (label: string, more: object = {}) =>
    meters.addMeter(organisation, { building, label, role: 'sub', ...more }, BY);

  test('is what hangs below it, with what it lacks', async () => {
    const main = await add('MDB', { role: 'main', measures: 'electricity' });
    const whole = await add('E-10', { parent: main.id });
    await add('E-2', { parent: main.id });
    const unread = await add('E-11', { parent: main.id });
    expect(whole.measures).toBe('electricity');
    for (const meter of [whole, unread]) {
      const { id } = await meters.addPoint(organisation, { class: 'billing', meter: meter.id }, BY);
      await rows('update point set seen_at = now() where id = $1', id);
    }
    await installations.hang(organisation, { meter: whole.id }, BY);
    const sums = await meters.sums(organisation, main.id);
    expect(sums.map(({ label, lacks }) => [label, lacks])).toEqual([
      ['E-2', 'no-point'],
      ['E-10', null],
      ['E-11', 'not-installed'],
    ]);
    await installations.hang(organisation, { meter: unread.id }, BY);
    await rows('update point set seen_at = null where meter_id = $1', unread.id);
    expect((await meters.sums(organisation, main.id)).at(-1)?.lacks).toBe('never-read');
    await expect(meters.sums(organisation, whole.id)).rejects.toThrow(/"E-10" is no main meter/);
    await expect(add('W-1', { parent: main.id, measures: 'water' })).rejects.toMatchObject({
      code: 'meter_sum_impossible',
      message: '"MDB" measures electricity and "W-1" water',
    });
    await expect(meters.changeMeter(organisation, main.id, { role: 'sub' }, BY)).rejects.toThrow(
      /it sums 3 meters/,
    );
  });

  test('is never itself: not for two who link at once, nor for who writes rows', async () => {
    const [a, b] = [await add('A', { role: 'main' }), await add('B', { role: 'main' })];
    const link = (one: string, other: string) => meters.changeMeter(organisation, one, { parent: other }, BY);
    const both = await Promise.allSettled([link(a.id, b.id), link(b.id, a.id)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find((each) => each.status === 'rejected')?.reason).toMatchObject({
      code: 'meter_sum_impossible',
    });
    const [top, below] = both[0]?.status === 'fulfilled' ? [b, a] : [a, b];
    await expect(
      rows('update meter set parent_meter_id = $1 where id = $2', below.id, top.id),
    ).rejects.toThrow(/would sum itself/);
    const free = await meters.changeMeter(organisation, below.id, { parent: null }, BY);
    expect(free.parent).toBeNull();
  });
});

describe('where meters hang', () => {
  const meterOf = async (label: string, points = 2, more: object = {}) => {
    const meter = await meters.addMeter(organisation, { building, label, role: 'sub', ...more }, BY);
    for (let i = 0; i < points; i += 1)
      await meters.addPoint(organisation, { class: 'billing', meter: meter.id }, BY);
    return meter;
  };
  const spans = async (query: object) =>
    (await installations.list(organisation, query)).map(
      ({ place, fromAt, toAt }) => `${place} ${fromAt}..${toAt ?? ''}`,
    );

  test('a meter is replaced: the old one ends where and when the new one begins, and is summed no more', async () => {
    const { id: place } = await room('701');
    const main = await meterOf('MDB 7', 0, { role: 'main' });
    const old = await meterOf('E-701', 2, { parent: main.id });
    const next = await meterOf('E-701 new', 1);
    await installations.hang(
      organisation,
      { meter: old.id, place, from: at('2026-01-01T00:00:00+07:00') },
      BY,
    );
    await installations.replace(
      organisation,
      old.id,
      { by: next.id, at: at('2026-03-05T10:15:00+07:00') },
      BY,
    );
    const before = `${place} 2025-12-31T17:00:00Z..2026-03-05T03:15:00Z`;
    expect(await spans({ meter: old.id })).toEqual([before, before]);
    expect(await spans({ meter: next.id })).toEqual([`${place} 2026-03-05T03:15:00Z..`]);
    expect((await meters.meter(organisation, next.id)).parent).toBe(main.id);
    expect((await told(old.id)).at(-1)).toMatchObject({
      action: 'meter.replaced',
      fields: ['by', 'place', 'at'],
    });
    await expect(places.removePlace(organisation, place, 'a typo', BY)).rejects.toMatchObject({
      code: 'place_in_use',
    });
  });

  test('a main meter that is replaced leaves what it sums to the new one', async () => {
    const old = await meterOf('MDB 8', 1, { role: 'main' });
    const sub = await meterOf('E-801', 1, { parent: old.id });
    const next = await meterOf('MDB 8 new', 1, { role: 'main' });
    await installations.hang(organisation, { meter: old.id, from: at('2026-01-01T00:00:00Z') }, BY);
    await installations.replace(organisation, old.id, { by: next.id }, BY);
    expect((await meters.sums(organisation, next.id)).map(({ id }) => id)).toEqual([sub.id]);
  });

  test('what fails changes nothing', async () => {
    const [one, water] = [
      await meterOf('E-9', 1, { measures: 'electricity' }),
      await meterOf('W-9', 1, { measures: 'water' }),
    ];
    const bare = await meterOf('bare', 0);
    await installations.hang(organisation, { meter: one.id, from: at('2026-01-01T00:00:00Z') }, BY);
    const kept = await spans({ meter: one.id });
    for (const [by, message] of [
      [one.id, /cannot take its own place/],
      [water.id, /"E-9" measures electricity and "W-9" water/],
      [bare.id, /the meter has no point yet/],
    ] as const)
      await expect(installations.replace(organisation, one.id, { by }, BY)).rejects.toThrow(message);
    await expect(
      installations.hang(organisation, { meter: one.id, from: at('2025-12-31T00:00:00Z') }, BY),
    ).rejects.toMatchObject({ code: 'installation_overlaps' });
    const far = await places.addPlace(organisation, { building: await house(), name: '1', kind: 'room' }, BY);
    await expect(installations.hang(organisation, { meter: one.id, place: far.id }, BY)).rejects.toThrow(
      /in a place of its own building/,
    );
    expect(await spans({ meter: one.id })).toEqual(kept);
  });

  test('ends, and what was entered by mistake is taken back', async () => {
    const meter = await meterOf('E-10', 1);
    await installations.hang(organisation, { meter: meter.id, from: at('2026-01-01T00:00:00Z') }, BY);
    const [ended] = await installations.end(
      organisation,
      { meter: meter.id, at: at('2026-02-01T00:00:00Z') },
      BY,
    );
    expect(ended?.toAt).toEqual(at('2026-02-01T00:00:00Z'));
    await expect(installations.end(organisation, { meter: meter.id }, BY)).rejects.toThrow(
      /the meter hangs nowhere at that time/,
    );
    const id = ended?.id ?? '';
    await installations.remove(organisation, id, 'another building', BY);
    expect(await spans({ meter: meter.id })).toEqual([]);
    expect(await told(id)).toEqual([
      { action: 'installation.removed', fields: [], reason: 'another building' },
    ]);
  });
});

describe('another organisation', () => {
  test('sees, changes and refers to nothing of this one', async () => {
    const foreign = (await sites.addOrganisation({ name: 'Other' }, BY)).id;
    const theirs = (await sites.addBuilding(foreign, { name: 'B', zone: 'Asia/Jakarta' }, BY)).id;
    const { id } = await room('11A');
    const meter = await meters.addMeter(organisation, { building, label: '11A', role: 'sub' }, BY);
    for (const attempt of [
      () => sites.changeBuilding(foreign, building, { name: 'mine' }, BY),
      () => sites.regimes(foreign, building),
      () => places.changePlace(foreign, id, { name: 'mine' }, BY),
      () => places.removePlace(foreign, id, 'mine now', BY),
      () => places.addOutage(foreign, id, { from: day('2026-01-01'), reason: 'mine now' }, BY),
      () => places.addPlace(foreign, { building: theirs, name: '1', kind: 'room', parent: id }, BY),
      () => meters.changeMeter(foreign, meter.id, { label: 'mine' }, BY),
      () => meters.sums(foreign, meter.id),
      () => installations.hang(foreign, { meter: meter.id }, BY),
      () => installations.end(foreign, { meter: meter.id }, BY),
    ])
      await expect(attempt()).rejects.toMatchObject({
        code: expect.stringMatching(/^(building|place|meter)_not_found$/),
      });
  });
});

describe('the command line', () => {
  const folder = temporaryFolder();

  async function run(...args: string[]) {
    const lines: string[] = [];
    const errors: string[] = [];
    const env = hubEnv(fresh, join(folder, 'files'));
    const given = [...args, '--organisation', organisation];
    const code = await main(given, {
      env,
      out: (text) => lines.push(text),
      err: (text) => errors.push(text),
    });
    return { code, lines, err: errors.join('\n') };
  }
  const json = async (...args: string[]) => {
    const { code, lines, err } = await run(...args, '--json');
    expect([code, err]).toEqual([0, '']);
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  };

  test('from an empty house to a meter that was exchanged', async () => {
    const [made] = await json(
      ...['building', 'add', '--name', 'หอพัก ๒', '--other-name', 'Dorm 2', '--zone', 'Asia/Bangkok'],
    );
    expect(made).toMatchObject({ currency: 'THB', cycleDay: 1 });
    const [set] = await json('building', 'set', 'dorm 2', '--cycle-day', '25', '--address', '1 ถนนสุขุมวิท');
    expect(set).toMatchObject({ cycleDay: 25, address: '1 ถนนสุขุมวิท' });
    const regime = ['licensed-dormitory', '--from', '2020-01-01', '--reason', 'licence 12/2569'];
    await json('building', 'regime', 'หอพัก 2', ...regime);
    expect(await json('building', 'show', 'หอพัก 2')).toMatchObject([{ regime: 'licensed-dormitory' }]);
    const here = ['--building', 'Dorm 2'];
    await json('place', 'add', '--kind', 'floor', '--name', 'ชั้น 1', '--level', '1', ...here);
    const [room] = await json(
      ...['place', 'add', '--name', 'ห้อง 101', '--floor', 'ชั้น ๑', '--area', '24.5', ...here],
    );
    expect(room).toMatchObject({ areaM2: '24.50', kind: 'room' });
    const [renamed] = await json('place', 'rename', 'ห้อง๑๐๑', '--name', '101A', '--floor', 'none', ...here);
    expect(renamed).toMatchObject({ name: '101A', parent: null, areaM2: '24.50' });
    const outage = ['--from', '2026-01-01', '--to', '2026-01-05', '--reason', 'ซ่อม'];
    expect(await json('place', 'outage', 'add', '101a', ...outage, ...here)).toMatchObject([
      { from: '2026-01-01', to: '2026-01-05' },
    ]);
    await json('meter', 'add', '--label', 'MDB-D', '--role', 'main', '--measures', 'water', ...here);
    for (const label of ['W-101', 'W-101B']) {
      const [meter] = await json('meter', 'add', '--label', label, ...here);
      await json('point', 'add', '--meter', String(meter?.id));
    }
    await json('meter', 'set', 'W-101', '--parent', 'MDB-D');
    const from = ['--from', '2026-01-01T00:00+07:00'];
    await json('installation', 'add', 'W-101', '--place', '101A', ...here, ...from);
    expect(await json('meter', 'sums', 'MDB-D')).toMatchObject([{ label: 'W-101', lacks: 'never-read' }]);
    await json('installation', 'replace', 'W-101', '--by', 'W-101B', '--at', '2026-02-01T00:00+07:00');
    expect(await json('installation', 'list', 'W-101')).toMatchObject([{ toAt: '2026-01-31T17:00:00Z' }]);
    const [last] = await json('installation', 'end', 'W-101B');
    const { lines } = await run('installation', 'remove', String(last?.id), '--reason', 'never hung there');
    expect(lines).toEqual(['removed']);
    expect(await json('search', 'w-101')).toMatchObject([{ name: 'W-101' }, { name: 'W-101B' }]);
  });

  test.each<[string, string[], number, RegExp]>([
    [
      'no such floor',
      ['place', 'add', '--name', '1', '--floor', '9'],
      65,
      /--floor: there is no floor "9" \(meterline place list\)/,
    ],
    [
      'no day',
      ['building', 'regime', 'Dorm 2', 'hotel', '--from', '1/1/2569', '--reason', 'law'],
      64,
      /"1\/1\/2569" is no day; write it as 2026-01-31/,
    ],
    [
      'no number',
      ['building', 'set', 'Dorm 2', '--cycle-day', 'end'],
      64,
      /--cycle-day: "end" is no whole number/,
    ],
    ['a building that is none', ['building', 'show', 'X'], 65, /<building>: there is no building "X"/],
    ['no instant', ['installation', 'end', 'MDB-D', '--at', 'now'], 64, /--at: "now" is no instant/],
    ['no reason', ['place', 'remove', '101A'], 64, /required option '--reason <text>'/],
    [
      'a place with a past',
      ['place', 'remove', '101A', '--reason', 'old'],
      65,
      /something hangs or lives there/,
    ],
  ])('%s: one line', async (_what, args, code, message) => {
    const more = args[0] === 'place' ? ['--building', 'Dorm 2'] : [];
    const result = await run(...args, ...more);
    expect(result.err).toMatch(message);
    expect(result.err).not.toContain('\n');
    expect(result.code).toBe(code);
  });
});
