import { Temporal } from 'temporal-polyfill';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RecordsService, recordsModule } from '../../src/ingest/index.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { PLATFORM } from '../../src/platform/db/index.ts';
import { createHttpServer, Readiness } from '../../src/platform/http/index.ts';
import { createLogger, createMetrics } from '../../src/platform/telemetry/index.ts';
import { sitesModule } from '../../src/sites/index.ts';
import { idOf, TestGateway } from '../support/gateway.ts';
import { IngestStage } from '../support/ingest-stage.ts';
import { store } from '../support/readings.ts';
import { type OpenSites, openSites } from '../support/sites.ts';

const OPERATOR = 'operator-token-0123456789abcdef';
const DAY = Date.UTC(2026, 9, 31, 17);
const QUARTER = 900_000;

describe('what stands beside the readings', () => {
  let stage: IngestStage;
  let ground: OpenSites;
  let records: RecordsService;
  const asked = (organisation?: string) => ({
    organisation: organisation ?? stage.organisation,
    actor: { kind: 'operator', id: 'test' },
  });
  beforeAll(async () => {
    stage = await IngestStage.open({ limits: { letters: { count: 3, bytes: 2_000 }, held: 3 } });
    ground = openSites(stage.db);
    records = new RecordsService({ db: ground.parts.db, clock: systemClock });
  });
  afterAll(async () => {
    await ground?.close();
    await stage?.close();
  });

  it('keeps the bytes of what it does not believe, and takes them in again when a person says so', async () => {
    const gateway = new TestGateway('late key');
    await stage.addGateway(gateway);
    await stage.admin.query('delete from gateway_key where gateway_id = $1', [gateway.id]);
    stage.directory.expire();
    const { payload } = gateway.start(Date.now());
    expect(await stage.send(gateway, payload)).toEqual({ kind: 'refused', reason: 'unknown-key' });
    const [letter] = await records.letters(asked(), { state: 'open', limit: 10 });
    expect(letter).toMatchObject({
      gateway: gateway.id,
      reason: 'unknown-key',
      size: payload.length,
      count: 1,
    });
    const id = letter?.id ?? '';
    expect(await records.letterBytes(asked(), id)).toEqual(payload);

    const { keyId, publicKey } = gateway.signer;
    await stage.admin.query(
      'insert into gateway_key (key_id, organisation_id, gateway_id, public_key) values ($1, $2, $3, $4)',
      [keyId, stage.organisation, gateway.id, publicKey],
    );
    await records.replay(asked(), id);
    await expect
      .poll(() => stage.count('dead_letter', `id = ${id} and state = 'replayed'`), { timeout: 5_000 })
      .toBe(1);
    expect(await records.letterState(asked(), id)).toMatchObject({ state: 'replayed' });
    await expect(records.letterState(asked(), '999999')).rejects.toMatchObject({ code: 'letter_not_found' });
    expect(await stage.count('journal', `gateway_id = '${gateway.id}'`)).toBe(1);
    await expect(records.replay(asked(), id)).rejects.toMatchObject({ code: 'letter_not_found' });
    const audit = await stage.rows("select action from audit_entry where subject_type = 'dead_letter'");
    expect(audit).toEqual([{ action: 'ingest.letter_replayed' }]);
  });

  it('counts all, keeps letters and bytes within the room of the gateway, and gives room back', async () => {
    const gateway = new TestGateway('noisy');
    await stage.addGateway(gateway);
    const send = (n: number) => stage.send(gateway, Buffer.from(`nonsense ${n} ${'x'.repeat(800)}`));
    for (let n = 0; n < 6; n += 1)
      expect(await send(n)).toEqual({ kind: 'refused', reason: 'not-an-envelope' });
    const own = `gateway_id = '${gateway.id}'`;
    expect(await stage.count('dead_letter', own)).toBe(3);
    expect(await stage.count('dead_letter', `${own} and bytes is not null`)).toBe(2);
    const since = Temporal.Now.instant().subtract({ hours: 2 });
    expect(
      (await records.refused(asked(), since)).find(({ gateway: id }) => id === gateway.id),
    ).toMatchObject({
      reason: 'not-an-envelope',
      messages: 6,
    });
    const letters = (await records.letters(asked(), { limit: 50 })).filter(
      (one) => one.gateway === gateway.id,
    );
    const without = letters.find(({ hasBytes }) => !hasBytes);
    await expect(records.replay(asked(), without?.id ?? '')).rejects.toMatchObject({
      code: 'letter_without_bytes',
    });
    for (const { id } of letters) await records.discard(asked(), id, 'only noise');
    const [room] = await stage.rows(
      'select letters, bytes::int from dead_letter_usage where gateway_id = $1',
      [gateway.id],
    );
    expect(room).toEqual({ letters: 0, bytes: 0 });
  });

  it('pages through letters by their number, the newest first', async () => {
    const gateway = new TestGateway('paged');
    await stage.addGateway(gateway);
    await stage.rows(
      `insert into dead_letter (organisation_id, gateway_id, topic, reason, detail, digest, size, first_at, last_at)
       select $1, $2, 't', 'paged', n::text, sha256(n::text::bytea), 1, now(), now() from generate_series(1, 12) n`,
      [stage.organisation, gateway.id],
    );
    const seen: number[] = [];
    for (let before: string | undefined; ; ) {
      const page = await records.letters(asked(), { before, limit: 5 });
      seen.push(...page.map(({ id }) => Number(id)));
      if (page.length < 5) break;
      before = page.at(-1)?.id;
    }
    expect(seen).toEqual([...seen].sort((a, b) => b - a));
    expect(seen.length).toBe(await stage.count('dead_letter', `organisation_id = '${stage.organisation}'`));
    await stage.rows(`update dead_letter set state = 'discarded', closed_at = now() where gateway_id = $1`, [
      gateway.id,
    ]);
  });

  it('keeps what nobody’s gateway sent with the platform, out of every organisation’s sight', async () => {
    const nobody = new TestGateway('nobody');
    expect(await stage.send(nobody, nobody.start(Date.now()).payload)).toEqual({
      kind: 'refused',
      reason: 'unknown-gateway',
    });
    const unclaimed = await records.letters(asked(PLATFORM), { state: 'open', limit: 10 });
    expect(unclaimed.map(({ reason, gateway }) => [reason, gateway])).toEqual([['unknown-gateway', null]]);
    const other = idOf<string>('another organisation');
    await stage.addOrganisation(other, idOf<string>('another building'));
    expect(await records.letters(asked(other), { limit: 50 })).toEqual([]);
    await expect(records.letterBytes(asked(other), unclaimed[0]?.id ?? '')).rejects.toMatchObject({
      code: 'letter_not_found',
    });
  });

  it('shows conflicts, gaps and what is held, and closes a conflict with a reason', async () => {
    const now = Date.now();
    const gateway = new TestGateway('untidy');
    await stage.addGateway(gateway);
    const row = { point: gateway.point(1), time: now - 9_000 };
    const missing = gateway.start(now);
    await stage.send(gateway, gateway.gauges([{ ...row, value: 1 }], now).payload);
    await stage.send(gateway, gateway.gauges([{ ...row, value: 2 }], now).payload);
    await stage.send(gateway, gateway.gauges([{ ...row, time: now + 3_600_000, value: 3 }], now).payload);
    const [conflict] = await records.conflicts(asked(), { state: 'open', limit: 10 });
    expect(conflict).toMatchObject({
      ...{ kind: 'value', point: gateway.point(1), stored: '1', offered: '2' },
      gateway: gateway.id,
    });
    await records.dismissConflict(asked(), conflict?.id ?? '', 'the second one was a test');
    expect(await records.conflicts(asked(), { state: 'open', limit: 10 })).toEqual([]);
    expect((await records.gaps(asked())).find((gap) => gap.gateway === gateway.id)).toMatchObject({
      missing: 1,
      ranges: '{[1,2)}',
    });
    expect(await records.held(asked())).toMatchObject([
      { reason: 'future', gateway: gateway.id, readings: 1 },
    ]);
    await stage.send(gateway, missing.payload);
    expect((await records.gaps(asked())).filter((gap) => gap.gateway === gateway.id)).toEqual([]);
  });

  it('holds so many readings of a gateway, and believes messages with more when there is room', async () => {
    const now = Date.now();
    const gateway = new TestGateway('ahead of itself');
    await stage.addGateway(gateway);
    await stage.send(gateway, gateway.start(now).payload);
    const ahead = (count: number, from: number) =>
      gateway.gauges(
        Array.from({ length: count }, (_, n) => ({
          ...{ point: gateway.point(1), time: now + 3_600_000 + from + n, value: n },
        })),
        now,
      ).payload;
    const [first, second, third] = [ahead(2, 0), ahead(2, 10), ahead(1, 20)];
    expect(await stage.send(gateway, first)).toEqual({ kind: 'stored' });
    expect(await stage.send(gateway, second)).toEqual({ kind: 'refused', reason: 'too-many-held' });
    expect(await stage.send(gateway, third)).toEqual({ kind: 'stored' });
    const receipt = await stage.receipt(gateway, ({ refused }) => refused?.length === 1);
    expect(receipt.refused?.[0]).toMatchObject({ reason: 'inconsistent', retryAfterMs: 3_600_000 });
    const good = gateway.gauges([{ point: gateway.point(1), time: now - 5, value: 7 }], now);
    expect(await stage.send(gateway, good.payload)).toEqual({ kind: 'stored' });
    await stage.rows('delete from held_reading where gateway_id = $1', [gateway.id]);
    expect(await stage.send(gateway, second)).toEqual({ kind: 'stored' });
  });

  it('counts quarter hours by meter and local day', async () => {
    const gateway = new TestGateway('counted');
    await stage.addGateway(gateway);
    await stage.send(gateway, gateway.start(DAY).payload);
    for (const n of [0, 1, 2, 4]) {
      const boundary = DAY + n * QUARTER;
      const sweep = gateway.sweep(
        boundary,
        [{ point: gateway.point(1), count: String(100 + n) }],
        boundary + 5_000,
      );
      await stage.send(gateway, sweep.payload);
    }
    const meter = idOf<string>('meter');
    await stage.admin.query(
      "insert into meter (id, organisation_id, building_id, role, label) values ($1, $2, $3, 'sub', '101')",
      [meter, stage.organisation, stage.building],
    );
    await stage.admin.query('update point set meter_id = $1, seen_at = to_timestamp($2) where id = $3', [
      meter,
      DAY / 1_000,
      gateway.point(1),
    ]);
    const first = Temporal.PlainDate.from('2026-11-01');
    const rows = await records.completeness(asked(), { from: first, to: first.add({ days: 1 }), meter });
    expect(rows).toEqual([
      {
        ...{ meter, label: '101', rhythm: 'quarters' },
        day: '2026-11-01',
        expected: 96,
        present: 4,
        share: 416,
      },
      {
        ...{ meter, label: '101', rhythm: 'quarters' },
        day: '2026-11-02',
        expected: 96,
        present: 0,
        share: 0,
      },
    ]);
    await expect(
      records.completeness(asked(), { from: first, to: first.add({ days: 100 }) }),
    ).rejects.toMatchObject({ code: 'completeness_period_invalid' });
  });

  it.each<[string, 'billing' | 'counter', 4 | 5 | 7, number, number, object]>([
    [
      'a webhook at every quarter hour',
      'billing',
      4,
      0,
      96,
      { rhythm: 'quarters', present: 96, share: 10_000 },
    ],
    ['a webhook, its counts', 'counter', 4, 0, 96, { rhythm: 'quarters', present: 96, share: 10_000 }],
    ['a webhook, in a rhythm of its own', 'counter', 4, 200_000, 96, { present: 96, share: 10_000 }],
    ['a webhook that fell silent at noon', 'billing', 4, 0, 48, { present: 48, share: 5_000 }],
    ['a person', 'billing', 7, 0, 1, { rhythm: 'by-hand', expected: 0, present: 1, share: null }],
    ['a file', 'billing', 5, 500_000, 2, { rhythm: 'by-hand', expected: 0, present: 2, share: null }],
  ])('sees the quarter hours that are there by %s', async (what, type, source, phase, readings, expected) => {
    const [meter, id] = [idOf<string>(`meter ${what}`), idOf<string>(`point ${what}`)];
    await stage.rows(
      "insert into meter (id, organisation_id, building_id, role, label) values ($1, $2, $3, 'sub', '102')",
      [meter, stage.organisation, stage.building],
    );
    const [point] = await stage.rows<{ no: number }>(
      `insert into point (id, organisation_id, meter_id, class, created_at)
       values ($1, $2, $3, 'billing', to_timestamp($4)) returning no`,
      [id, stage.organisation, meter, DAY / 1_000],
    );
    const rows = Array.from({ length: readings }, (_, n) => ({
      ...{ point: point?.no ?? 0, at: new Date(DAY + phase + n * QUARTER).toISOString(), value: n, source },
    }));
    await store(stage.admin, type, rows);
    const first = Temporal.PlainDate.from('2026-11-01');
    const [row, after] = await records.completeness(asked(), {
      from: first,
      to: first.add({ days: 1 }),
      meter,
    });
    expect(row).toMatchObject({ day: '2026-11-01', ...expected });
    expect(after).toMatchObject(source === 4 ? { expected: 96, present: 0 } : { expected: 0, present: 0 });
  });

  it('is served to the operator, and to nobody else', async () => {
    const gateway = new TestGateway('served');
    await stage.addGateway(gateway);
    await stage.send(gateway, Buffer.from('no envelope'));
    const app = await createHttpServer({
      http: {
        ...{ host: '127.0.0.1', port: 0, trustProxy: false, bodyLimitBytes: 2_048, requestTimeoutMs: 5_000 },
        ...{ rateLimit: { perMinute: 0 }, operatorToken: OPERATOR },
      },
      version: '0.0.0',
      module: {
        module: class Root {},
        imports: [
          sitesModule({ ...ground.parts, operatorToken: OPERATOR }),
          recordsModule({ db: ground.parts.db, clock: systemClock }),
        ],
      },
      readiness: new Readiness([], () => performance.now()),
      logger: createLogger({ level: 'silent', format: 'json', secrets: [] }),
      metrics: createMetrics('api'),
    });
    await app.listen(0, '127.0.0.1');
    const url = `${await app.getUrl()}/api/v1/organisations/${stage.organisation}/ingest`;
    const ask = async (path: string, body?: object, token = OPERATOR) => {
      const response = await fetch(url + path, {
        headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { method: 'POST', body: JSON.stringify(body) }),
      });
      return {
        status: response.status,
        body: (await response.json()) as { items?: { id: string; gateway: string }[] },
      };
    };
    try {
      expect((await ask('/dead-letters', undefined, 'x'.repeat(30))).status).toBe(401);
      const { body } = await ask('/dead-letters?state=open&limit=500');
      const letter = body.items?.find((one) => one.gateway === gateway.id);
      expect(letter).toMatchObject({ reason: 'not-an-envelope', topic: gateway.topic, hasBytes: true });
      expect((await ask(`/dead-letters/${letter?.id}/discard`, { reason: 'x' })).status).toBe(422);
      expect(await ask(`/dead-letters/${letter?.id}/discard`, { reason: 'only a test' })).toEqual({
        status: 200,
        body: { id: letter?.id },
      });
      expect((await ask(`/dead-letters/${letter?.id}/replay`, {})).status).toBe(404);
      for (const path of ['/conflicts', '/gaps', '/held', '/completeness?from=2026-11-01&to=2026-11-02'])
        expect((await ask(path)).status).toBe(200);
      expect((await ask('/completeness?from=2026-11-05&to=2026-11-02')).status).toBe(422);
      expect((await ask(`/gateways/${gateway.id}/report`)).status).toBe(404);
    } finally {
      await app.close();
    }
  });
});
