import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { signerOfKey } from '@meterline/contracts';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { createIds } from '../../src/kernel/ids.ts';
import {
  type By,
  GatewaysService,
  InstallationsService,
  MetersService,
  PlacesService,
  SiteDirectory,
  SitesService,
} from '../../src/sites/index.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';
import { hubEnv, temporaryFolder } from '../support/hub-process.ts';
import { type OpenSites, openSites } from '../support/sites.ts';

const ids = createIds(systemClock);
const BY: By = { actor: { kind: 'operator', id: 'test' } };
const newKey = () => signerOfKey(generateKeyPairSync('ed25519').privateKey);
const hexOf = ({ publicKey }: { publicKey: Buffer }) => publicKey.toString('hex');

let fresh: FreshDatabase;
let ground: OpenSites;
let pools: OpenSites['pools'];
let sites: SitesService;
let gateways: GatewaysService;
let meters: MetersService;
let places: PlacesService;
let installations: InstallationsService;
let directory: SiteDirectory;
let organisation: string;
let building: string;

beforeAll(async () => {
  fresh = await freshDatabase();
  ground = openSites(fresh);
  const { parts } = ground;
  pools = ground.pools;
  sites = new SitesService(parts);
  gateways = new GatewaysService(parts);
  meters = new MetersService(parts);
  places = new PlacesService(parts);
  installations = new InstallationsService(parts);
  directory = new SiteDirectory({
    pool: pools.ingest,
    url: fresh.ingestUrl,
    setting: 'database.ingestUrl',
    clock: systemClock,
    onLost: () => {},
  });
  directory.start();
  organisation = (await sites.addOrganisation({ name: 'บ้านสวน' }, BY)).id;
  building = (await sites.addBuilding(organisation, { name: 'A', zone: 'Asia/Bangkok' }, BY)).id;
});
afterAll(async () => {
  await directory.stop();
  await ground.close();
  await fresh.drop();
});

const told = async (subject: string) => {
  const audit = await pools.owner.query<{ action: string; fields: string[]; reason: string | null }>(
    'select action, fields, reason from audit_entry where subject_id = $1 order by id',
    [subject],
  );
  const events = await pools.owner.query<{ topic: string; payload: object }>(
    'select topic, payload from outbox where key = $1 order by position',
    [subject],
  );
  return { audit: audit.rows, events: events.rows };
};

describe('a gateway', () => {
  test('is registered with its key; state, audit and event are one', async () => {
    const key = newKey();
    const id = ids.next();
    const added = await gateways.add(
      organisation,
      { id, building, publicKey: hexOf(key), name: 'basement' },
      BY,
    );
    expect(added).toMatchObject({
      id,
      kind: 'signed',
      state: 'active',
      keys: [{ keyId: key.keyId, publicKey: hexOf(key), retiredAt: null }],
      tokens: [],
    });
    const { audit, events } = await told(id);
    expect(audit).toEqual([
      { action: 'gateway.added', fields: ['building', 'name', 'kind', 'key'], reason: null },
    ]);
    expect(events).toEqual([
      { topic: 'gateway.added', payload: { gateway: id, kind: 'signed', keyId: key.keyId } },
    ]);
  });

  test('what fails leaves nothing: no row, no entry, no event', async () => {
    const key = newKey();
    const first = await gateways.add(organisation, { building, publicKey: hexOf(key) }, BY);
    const id = ids.next();
    const again = gateways.add(organisation, { id, building, publicKey: hexOf(key) }, BY);
    await expect(again).rejects.toMatchObject({ code: 'gateway_key_taken' });
    await expect(gateways.show(organisation, id)).rejects.toMatchObject({ code: 'gateway_not_found' });
    expect(await told(id)).toEqual({ audit: [], events: [] });
    const same = gateways.add(organisation, { id: first.id, building, publicKey: hexOf(newKey()) }, BY);
    await expect(same).rejects.toMatchObject({ code: 'gateway_exists' });
  });

  test.each([
    ['no key', { publicKey: undefined }, /its public key is needed/],
    ['a weak key', { publicKey: '00'.repeat(32) }, /the public key is of small order/],
    ['an id of another version', { id: '123e4567-e89b-42d3-a456-426614174000' }, /not a UUID of version 7/],
    ['a kind that is none', { kind: 'loud' }, /must be signed, simple; "loud" is not/],
    ['no name', { name: '  ' }, /the name of a gateway must have 1 to 120 characters/],
  ])('is refused with %s', async (_what, given, message) => {
    const added = gateways.add(organisation, { building, publicKey: hexOf(newKey()), ...given }, BY);
    await expect(added).rejects.toThrow(message);
  });

  test('a simple device has a token and no key', async () => {
    const simple = await gateways.add(organisation, { building, kind: 'simple' }, BY);
    expect(simple.keys).toEqual([]);
    const withKey = gateways.add(organisation, { building, kind: 'simple', publicKey: hexOf(newKey()) }, BY);
    await expect(withKey).rejects.toMatchObject({ code: 'gateway_unsigned' });
    await expect(gateways.addKey(organisation, simple.id, hexOf(newKey()), BY)).rejects.toMatchObject({
      code: 'gateway_unsigned',
    });
  });

  test('keys change with an overlap, and the last one stays', async () => {
    const [old, next] = [newKey(), newKey()];
    const { id } = await gateways.add(organisation, { building, publicKey: hexOf(old) }, BY);
    await expect(gateways.retireKey(organisation, id, old.keyId, BY)).rejects.toMatchObject({
      code: 'gateway_key_last',
    });
    await gateways.addKey(organisation, id, hexOf(next), BY);
    const { keys } = await gateways.retireKey(organisation, id, old.keyId, BY);
    expect(keys.map(({ keyId, retiredAt }) => [keyId, retiredAt === null])).toEqual([
      [old.keyId, false],
      [next.keyId, true],
    ]);
    const known = await directory.gateway(id);
    expect([known?.keys(old.keyId as never), known?.everyKey(old.keyId as never)?.keyId]).toEqual([
      undefined,
      old.keyId,
    ]);
  });

  test('two tokens at most, also for two who ask at once; only hashes are kept', async () => {
    const { id } = await gateways.add(organisation, { building, kind: 'simple' }, BY);
    const asked = await Promise.allSettled(
      [1, 2, 3, 4].map(() => gateways.issueToken(organisation, id, {}, BY)),
    );
    const tokens = asked.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    expect(tokens).toHaveLength(2);
    expect(asked.filter((each) => each.status === 'rejected').map(({ reason }) => reason.code)).toEqual([
      'gateway_token_limit',
      'gateway_token_limit',
    ]);
    const replaced = await gateways.issueToken(organisation, id, { replace: true }, BY);
    await vi.waitFor(async () => {
      const known = await directory.gateway(id);
      expect([...tokens, replaced, ''].map((token) => known?.holdsToken(token))).toEqual([
        false,
        false,
        true,
        false,
      ]);
    });
    const { rows } = await pools.owner.query('select t::text from gateway_token t');
    const { rows: audit } = await pools.owner.query('select e::text from audit_entry e');
    const { rows: events } = await pools.owner.query('select o::text from outbox o');
    for (const token of [...tokens, replaced])
      expect(JSON.stringify([rows, audit, events])).not.toContain(token.slice(5));
  });

  test('revoked, it is let in no more: keys, tokens and certificates at once', async () => {
    const key = newKey();
    const { id } = await gateways.add(organisation, { building, publicKey: hexOf(key) }, BY);
    const token = await gateways.issueToken(organisation, id, {}, BY);
    const fingerprint = 'ab'.repeat(32);
    const issuedAt = systemClock.now();
    const notAfter = issuedAt.add({ hours: 24 });
    await gateways.noteCertificate(organisation, id, { fingerprint, serial: '0a', issuedAt, notAfter }, BY);
    await vi.waitFor(async () => {
      const known = await directory.gateway(id);
      expect([known?.holdsToken(token), known?.holdsCertificate(fingerprint)]).toEqual([true, true]);
    });
    const { state, tokens, certificates } = await gateways.revoke(organisation, id, 'stolen', BY);
    expect([state, tokens[0]?.revokedAt === null, certificates[0]?.revokedAt === null]).toEqual([
      'revoked',
      false,
      false,
    ]);
    await vi.waitFor(async () => {
      const known = await directory.gateway(id);
      expect([known?.state, known?.holdsToken(token), known?.holdsCertificate(fingerprint)]).toEqual([
        'revoked',
        false,
        false,
      ]);
    });
    expect((await told(id)).audit.at(-1)).toEqual({
      action: 'gateway.revoked',
      fields: ['state'],
      reason: 'stolen',
    });
    for (const again of [
      () => gateways.revoke(organisation, id, 'again', BY),
      () => gateways.issueToken(organisation, id, {}, BY),
      () => gateways.addKey(organisation, id, hexOf(newKey()), BY),
    ])
      await expect(again()).rejects.toMatchObject({ code: 'gateway_revoked' });
  });
});

describe('the directory', () => {
  test('gives new points a row of the gateway’s organisation, and fills in what they lack', async () => {
    const { id } = await gateways.add(organisation, { building, publicKey: hexOf(newKey()) }, BY);
    const [one, two] = [ids.next(), ids.next()];
    expect((await directory.resolve([one, two])).size).toBe(0);
    const made = await directory.register(id, [
      { id: one, class: 'counter' },
      { id: two, class: 'gauge', unit: 'mV' },
    ]);
    expect(made.get(one)).toMatchObject({
      organisation,
      gateway: id,
      gateways: [id],
      class: 'counter',
      meter: null,
    });
    expect(made.get(two)).toMatchObject({ unit: 'mV', register: null });
    const later = await directory.register(id, [
      { id: one, class: 'billing', register: 'eastron-sdm120m@1/import_active_energy' },
    ]);
    expect(later.get(one)).toMatchObject({
      class: 'billing',
      register: 'eastron-sdm120m@1/import_active_energy',
    });
    expect(later.get(one)?.no).toBe(made.get(one)?.no);
  });

  test('a point that belongs to somebody is nobody else’s, whoever names it', async () => {
    const mine = await gateways.add(organisation, { building, publicKey: hexOf(newKey()) }, BY);
    const foreign = (await sites.addOrganisation({ name: 'Other' }, BY)).id;
    const theirs = (await sites.addBuilding(foreign, { name: 'B', zone: 'Asia/Jakarta' }, BY)).id;
    const other = await gateways.add(foreign, { building: theirs, publicKey: hexOf(newKey()) }, BY);
    const point = ids.next();
    await directory.register(mine.id, [{ id: point, class: 'counter' }]);
    const claimed = await directory.register(other.id, [
      { id: point, class: 'billing', register: 'eastron-sdm120m@1/import_active_energy' },
    ]);
    expect(claimed.get(point)).toMatchObject({
      organisation,
      gateway: mine.id,
      class: 'counter',
      register: null,
    });
  });

  test('a gateway that takes another’s place reads its points; the old one’s history stays', async () => {
    const old = await gateways.add(organisation, { building, publicKey: hexOf(newKey()) }, BY);
    const point = ids.next();
    await directory.register(old.id, [{ id: point, class: 'counter' }]);
    const next = await gateways.add(
      organisation,
      { building, publicKey: hexOf(newKey()), replaces: old.id },
      BY,
    );
    expect(next).toMatchObject({ replaces: old.id, points: 1 });
    await vi.waitFor(async () =>
      expect((await directory.resolve([point])).get(point)).toMatchObject({
        gateway: next.id,
        gateways: [old.id, next.id],
      }),
    );
  });

  test('a gateway takes meters that came from a list, and none that another one reads', async () => {
    const mine = await sites.addBuilding(organisation, { name: 'Listed', zone: 'Asia/Bangkok' }, BY);
    const register = 'eastron-sdm120m@1/energy_import_total';
    const [e1, e2, seen] = await Promise.all(
      ['E-1', 'E-2', 'W-1'].map((label) =>
        meters.addMeter(organisation, { building: mine.id, label, role: 'sub' }, BY),
      ),
    );
    const listed = async (meter: string | undefined, of: string | null) =>
      (await meters.addPoint(organisation, { class: 'billing', meter, register: of }, BY)).id;
    const [one, two, read] = [await listed(e1?.id, register), await listed(e2?.id, register), seen?.id];
    await listed(read, null);
    const { id } = await gateways.add(organisation, { building: mine.id, publicKey: hexOf(newKey()) }, BY);
    const take = (of?: (string | undefined)[]) =>
      gateways.takeMeters(
        organisation,
        id,
        of?.flatMap((each) => each ?? []),
        BY,
      );
    await expect(take([e1?.id, read])).rejects.toMatchObject({ code: 'meter_not_taken' });
    expect(await take([e1?.id])).toEqual([e1?.id]);
    expect(await take()).toEqual([e2?.id]);
    expect(await take()).toEqual([]);
    await expect(take([e1?.id])).rejects.toMatchObject({ code: 'meter_not_taken' });
    await vi.waitFor(async () => {
      const known = await directory.resolve([one, two]);
      for (const point of [one, two]) expect(known.get(point)).toMatchObject({ gateway: id, gateways: [id] });
    });
    const entries = (await told(id)).audit.filter(({ action }) => action === 'gateway.meters_taken');
    expect(entries).toHaveLength(2);
  });

  test('a change that somebody makes by hand is heard of as well', async () => {
    const { id } = await gateways.add(organisation, { building, publicKey: hexOf(newKey()) }, BY);
    expect((await directory.gateway(id))?.state).toBe('active');
    await pools.owner.query("update gateway set state = 'revoked', revoked_at = now() where id = $1", [id]);
    await vi.waitFor(async () => expect((await directory.gateway(id))?.state).toBe('revoked'));
  });

  test('when it was last heard only goes forward', async () => {
    const { id } = await gateways.add(organisation, { building, publicKey: hexOf(newKey()) }, BY);
    const at = systemClock.now();
    await directory.seen(new Map([[id, at]]));
    await directory.seen(new Map([[id, at.subtract({ hours: 1 })]]));
    const { seenAt } = await gateways.show(organisation, id);
    expect(seenAt?.epochMilliseconds).toBe(at.epochMilliseconds);
  });

  test('nobody fills the tables with points that no building could have', async () => {
    const { id } = await gateways.add(organisation, { building, publicKey: hexOf(newKey()) }, BY);
    await pools.owner.query(
      `insert into point (id, organisation_id, gateway_id, class)
       select gen_random_uuid(), $1, $2, 'gauge' from generate_series(1, 31999)`,
      [organisation, id],
    );
    const two = [ids.next(), ids.next()];
    const made = await directory.register(
      id,
      two.map((point) => ({ id: point, class: 'gauge' })),
    );
    expect([...made.keys()]).toEqual([two[0]]);
  });
});

describe('meters and places', () => {
  test('a point moves from meter to meter and place to place, each at its time', async () => {
    const place = await places.addPlace(
      organisation,
      { building, parent: null, name: '101', kind: 'room' },
      BY,
    );
    const main = await meters.addMeter(organisation, { building, label: 'MDB', role: 'main' }, BY);
    const meter = await meters.addMeter(
      organisation,
      { building, label: '101', role: 'sub', parent: main.id },
      BY,
    );
    const point = await meters.addPoint(organisation, { class: 'billing', meter: meter.id }, BY);
    const at = (hours: number) => systemClock.now().round('second').subtract({ hours });
    await installations.install(
      organisation,
      { point: point.id, meter: meter.id, place: place.id, from: at(5) },
      BY,
    );
    await installations.install(organisation, { point: point.id, meter: main.id, from: at(3) }, BY);
    const [first, second] = await installations.list(organisation, { point: point.id });
    expect(first).toMatchObject({ meter: meter.id, place: place.id });
    expect(first?.toAt?.equals(second?.fromAt ?? at(0))).toBe(true);
    expect((await meters.point(organisation, point.id)).meter).toBe(main.id);
    const early = installations.install(organisation, { point: point.id, meter: meter.id, from: at(4) }, BY);
    await expect(early).rejects.toMatchObject({ code: 'installation_overlaps' });
  });

  test('what sums others is a main meter of the same building', async () => {
    const other = (await sites.addBuilding(organisation, { name: 'C', zone: 'Asia/Bangkok' }, BY)).id;
    const sub = await meters.addMeter(organisation, { building, label: '102', role: 'sub' }, BY);
    const main = await meters.addMeter(organisation, { building: other, label: 'MDB C', role: 'main' }, BY);
    for (const [parent, message] of [
      [sub.id, /is no main meter/],
      [main.id, /meters of its own building/],
    ] as const) {
      const added = meters.addMeter(organisation, { building, label: '103', role: 'sub', parent }, BY);
      await expect(added).rejects.toThrow(message);
    }
    await expect(sites.addBuilding(organisation, { name: 'D', zone: 'Bangkok' }, BY)).rejects.toThrow(
      /not a time zone of the IANA list/,
    );
  });
});

describe('the command line', () => {
  async function run(...args: string[]) {
    const lines: string[] = [];
    const errors: string[] = [];
    const env = hubEnv(fresh, join(folder, 'files'));
    const code = await main(args, { env, out: (text) => lines.push(text), err: (text) => errors.push(text) });
    return { code, out: lines.join('\n'), err: errors.join('\n') };
  }
  const folder = temporaryFolder();
  const row = ({ out }: { out: string }) => JSON.parse(out) as Record<string, string>;

  test('from nothing to a gateway with a token', async () => {
    const named = ['--organisation', 'Suan Rim Nam'];
    expect((await run('organisation', 'add', '--name', 'Suan Rim Nam')).code).toBe(0);
    const house = row(
      await run('building', 'add', ...named, '--name', 'North', '--zone', 'Asia/Bangkok', '--json'),
    );
    expect(house).toMatchObject({ name: 'North', zone: 'Asia/Bangkok' });
    const pem = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' });
    writeFileSync(join(folder, 'gateway.pem'), pem);
    const added = row(
      await run('gateway', 'add', ...named, '--public-key', `@${join(folder, 'gateway.pem')}`, '--json'),
    );
    expect(added).toMatchObject({ building: house.id, kind: 'signed', state: 'active' });
    const id = added.id ?? '';
    const token = await run('gateway', 'token', id, ...named);
    expect(token.out).toMatch(/^mlgw_[\w-]{43}$/);
    expect(token.err).toContain(`user name: ${id}`);
    expect((await run('gateway', 'show', id, ...named)).out).toMatch(
      /^ID .*\n.*active.*\n\nCREDENTIAL .*\nkey .*\ntoken /,
    );
    expect((await run('gateway', 'revoke', id, ...named, '--reason', 'test over')).out).toContain('revoked');
    expect((await run('gateway', 'list', ...named)).out).toMatch(new RegExp(`${id} .* revoked`));
  });

  test('a main meter and what it measures, with the register of each', async () => {
    const rim = [
      '--organisation',
      row(await run('organisation', 'add', '--name', 'Rim Khlong', '--json')).id ?? '',
    ];
    await run('building', 'add', ...rim, '--name', 'North', '--zone', 'Asia/Bangkok');
    const main = row(await run('meter', 'add', ...rim, '--label', 'MDB', '--role', 'main', '--json'));
    expect(main).toMatchObject({ label: 'MDB', role: 'main' });
    const under = ['--parent', main.id ?? ''];
    const sub = row(await run('meter', 'add', ...rim, '--label', '101', ...under, '--json'));
    expect(sub).toMatchObject({ label: '101', role: 'sub' });
    const point = row(await run('point', 'add', ...rim, '--meter', sub.id ?? '', '--json'));
    expect(point).toMatchObject({ class: 'billing', meterLabel: '101' });
    expect((await run('meter', 'list', ...rim)).out).toMatch(new RegExp(`101 .*${main.id}`));
    const accuracy = (given: string) =>
      run('meter', 'set', main.id ?? '', '--accuracy', given, ...rim, '--json');
    expect(row(await accuracy('0.5S')).accuracyPpm).toBe(5_000);
    expect(row(await accuracy('none')).accuracyPpm).toBeNull();
    expect(await accuracy('good')).toMatchObject({ code: 65 });
  });

  test.each<[string, string[], number, RegExp]>([
    [
      'several, and none named',
      ['building', 'list'],
      64,
      /--organisation is needed: there are \d+: say which$/,
    ],
    [
      'none of that name',
      ['building', 'list', '--organisation', 'Nobody'],
      65,
      /there is no organisation "Nobody"/,
    ],
    [
      'a key in a file that is not there',
      ['gateway', 'add', '--organisation', 'Suan Rim Nam', '--public-key', '@/nowhere'],
      65,
      /--public-key: \/nowhere cannot be read: ENOENT/,
    ],
    [
      'half a key',
      ['gateway', 'add', '--organisation', 'Suan Rim Nam', '--public-key', 'abcd'],
      65,
      /the public key has 4 hex digits; an Ed25519 public key is 64 hex digits/,
    ],
    [
      'a key that fits any signature',
      ['gateway', 'add', '--organisation', 'Suan Rim Nam', '--public-key', '00'.repeat(32)],
      65,
      /: the public key is of small order/,
    ],
    ...(
      [
        ['point list --meter x', 'a meter'],
        ['point list --gateway x', 'a gateway'],
        ['point add --meter x', 'a meter'],
      ] as const
    ).map(([line, what]): [string, string[], number, RegExp] => [
      `${line}: no id`,
      [...line.split(' '), '--organisation', 'Suan Rim Nam'],
      65,
      new RegExp(`^meterline: "x" is not the id of ${what}$`),
    ]),
    ...(
      [
        [
          'meter add --label 1 --building North --profile eastron-sdm12m@1',
          'no profile "eastron-sdm12m@1" is known; did you mean eastron-sdm120m@1\\?',
        ],
        [
          'point add --register eastron-sdm120m@1/energy_imprt_total',
          'eastron-sdm120m@1 has no register "energy_imprt_total"; did you mean energy_import_total\\?',
        ],
        ['point add --unit kWh', 'the unit of such a point must be Wh, varh, VAh, mL; "kWh" is not'],
      ] as const
    ).map(([line, message]): [string, string[], number, RegExp] => [
      `${line}: not known`,
      [...line.split(' '), '--organisation', 'Suan Rim Nam'],
      65,
      new RegExp(`^meterline: ${message}$`),
    ]),
    [
      'a main meter that is none',
      [...'meter add --label 1 --building North --parent x --organisation'.split(' '), 'Suan Rim Nam'],
      65,
      /: --parent: there is no meter "x" \(meterline meter list\)$/,
    ],
    [
      'an epoch of no point',
      'epoch list x --organisation'.split(' ').concat('Suan Rim Nam'),
      65,
      /: the organisation has no such point/,
    ],
    ['no reason', ['gateway', 'revoke', ids.next()], 64, /required option '--reason <text>'/],
  ])('%s', async (_what, args, code, message) => {
    const result = await run(...args);
    expect(result.code).toBe(code);
    expect(result.err).toMatch(message);
    expect(result.err).not.toContain('\n');
  });
});
