import { sealMessage, topicOf } from '@meterline/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idOf, TestGateway } from '../support/gateway.ts';
import { IngestStage } from '../support/ingest-stage.ts';

const DAY = 24 * 3_600_000;

describe('trouble', () => {
  let stage: IngestStage;
  beforeAll(async () => {
    stage = await IngestStage.open({ limits: { gatewayMemoryBytes: 20_000, backfillRows: 50 } });
  });
  afterAll(() => stage?.close());

  const started = async (name: string, kind: 'signed' | 'simple' = 'signed') => {
    const gateway = new TestGateway(name);
    await stage.addGateway(gateway, { kind });
    if (kind === 'signed') await stage.send(gateway, gateway.start(Date.now()).payload);
    return gateway;
  };
  const gauges = (gateway: TestGateway, rows: number, at: number, sealed = Date.now()) =>
    gateway.gauges(
      Array.from({ length: rows }, (_, n) => ({ point: gateway.point(n % 10), time: at + n, value: n })),
      sealed,
    ).payload;
  const storedOf = (gateway: TestGateway) =>
    stage.count('reading_gauge r join point p on p.no = r.point', `p.gateway_id = '${gateway.id}'`);

  it('finds the one message that the database will not take, keeps it, and stores the others of its commit', async () => {
    const gateways: TestGateway[] = [];
    for (const name of ['p1', 'p2', 'p3', 'p4', 'p5']) gateways.push(await started(name));
    const bad = gateways[2] as TestGateway;
    await stage.admin.query(
      `create function public.refuse_poison() returns trigger language plpgsql as $$
       begin if new.value = 4242 then raise exception 'this value is poison' using errcode = '22023'; end if; return new; end $$`,
    );
    await stage.admin.query(
      'create trigger poison before insert on reading_gauge for each row execute function public.refuse_poison()',
    );
    const now = Date.now();
    const sent = gateways.flatMap((gateway) => [
      stage.send(gateway, gauges(gateway, 5, now - 50)),
      stage.send(
        gateway,
        gateway.gauges([{ point: gateway.point(1), time: now - 1, value: gateway === bad ? 4242 : 1 }], now)
          .payload,
      ),
      stage.send(gateway, gauges(gateway, 5, now - 30)),
    ]);
    const outcomes = await Promise.all(sent);
    await stage.admin.query('drop trigger poison on reading_gauge');
    expect(outcomes.filter(({ kind }) => kind === 'stored')).toHaveLength(14);
    expect(outcomes[7]).toEqual({ kind: 'refused', reason: 'unstorable' });
    const [letter] = await stage.rows(
      'select detail, retry_after_ms > 0 as again from dead_letter where gateway_id = $1',
      [bad.id],
    );
    expect(letter).toEqual({ detail: 'could not be stored (22023): this value is poison', again: true });
    const receipt = await stage.receipt(bad, ({ journals }) => journals[0]?.seen === 12);
    expect(receipt).toMatchObject({
      journals: [{ missing: [[7, 7]] }],
      refused: [{ reason: 'inconsistent' }],
    });
  });

  it('waits for a database that goes away under it, and loses and doubles nothing', async () => {
    const gateway = await started('patient');
    const now = Date.now();
    const sent: Promise<unknown>[] = [];
    for (let n = 0; n < 40; n += 1) {
      sent.push(stage.send(gateway, gauges(gateway, 10, now - 100_000 + n * 100)));
      if (n % 10 === 5)
        await stage.admin.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'meterline_ingest' and datname = current_database()",
        );
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const outcomes = await Promise.all(sent);
    expect(outcomes.every((one) => ['stored', 'repeat'].includes((one as { kind: string }).kind))).toBe(true);
    expect(await storedOf(gateway)).toBe(400);
    await stage.receipt(gateway, ({ journals }) => journals[0]?.watermark === 401);
  });

  it('lets the door wait when the room of a gateway is used up, and goes on in order', async () => {
    const gateway = await started('eager');
    const now = Date.now();
    const payloads = Array.from({ length: 60 }, (_, n) => gauges(gateway, 20, now - 500_000 + n * 100));
    const sent = payloads.map((payload) => stage.send(gateway, payload));
    expect(stage.pipeline.load.outside).toBeGreaterThan(20);
    expect(stage.pipeline.load.bytes).toBeLessThan(25_000);
    await Promise.all(sent);
    expect(await storedOf(gateway)).toBe(1_200);
    expect(stage.pipeline.load).toMatchObject({ outside: 0, messages: 0, bytes: 0 });
  });

  it('stores what is live while weeks of backfill wait', async () => {
    const full = await started('full');
    const live = await started('live');
    const now = Date.now();
    const old = now - 30 * DAY;
    const backfill = Array.from({ length: 80 }, (_, n) =>
      stage.send(full, gauges(full, 40, old + n * 1_000, old + n * 1_000 + 500)),
    );
    let waiting = backfill.length;
    for (const one of backfill)
      void one.then(() => {
        waiting -= 1;
      });
    for (let n = 0; n < 5; n += 1)
      expect(await stage.send(live, gauges(live, 10, now + n * 100))).toEqual({ kind: 'stored' });
    // Five round trips of what is live passed by what came before it.
    expect(waiting).toBeGreaterThan(40);
    await Promise.all(backfill);
    expect(await storedOf(full)).toBe(3_200);
  });

  it('takes readings of a device that signs nothing, as weaker evidence, and of no other', async () => {
    const simple = await started('simple', 'simple');
    const topic = topicOf({ gateway: simple.id, channel: 'up/simple', deflated: false });
    const at = Date.now() - 1_000;
    const say = (value: object) => stage.send(simple, Buffer.from(JSON.stringify(value)), topic);
    expect(await say({ readings: [{ point: simple.point(1), at, count: '12' }] })).toEqual({
      kind: 'stored',
    });
    expect(await say({ point: simple.point(2), at, value: -5 })).toEqual({ kind: 'stored' });
    expect(await say({ point: simple.point(1), at, count: '12' })).toEqual({ kind: 'stored' });
    expect(await say({ point: simple.point(1), at, count: 12 })).toMatchObject({
      kind: 'refused',
      reason: 'malformed',
    });
    const rows = await stage.rows(
      `select r.count::int, r.source, b.kind from reading_counter r join batch b on b.id = r.batch join point p on p.no = r.point
        where p.gateway_id = $1`,
      [simple.id],
    );
    expect(rows).toEqual([{ count: 12, source: 3, kind: 'simple' }]);
    const signed = await started('signs');
    const other = topicOf({ gateway: signed.id, channel: 'up/simple', deflated: false });
    const payload = Buffer.from(JSON.stringify({ point: signed.point(1), at, count: '1' }));
    expect(await stage.send(signed, payload, other)).toEqual({ kind: 'refused', reason: 'wrong-topic' });
  });

  it('keeps the latest word of a gateway, and the first result of a command', async () => {
    const gateway = await started('talks');
    const at = Date.now();
    const session = idOf('session');
    const shared = { v: 1, gateway: gateway.id } as const;
    const report = (time: number, running: number) =>
      sealMessage(
        'config-report',
        { ...shared, at: time, running, desired: 2, state: 'pending', problems: [] },
        gateway.signer,
      );
    const gone = sealMessage(
      'status',
      { ...shared, session, at: null, is: { state: 'gone' } } as never,
      gateway.signer,
    );
    const status = topicOf({ gateway: gateway.id, channel: 'up/status', deflated: false });
    expect(await stage.send(gateway, report(at, 2), status)).toEqual({ kind: 'stored' });
    expect(await stage.send(gateway, report(at - 5, 1), status)).toEqual({ kind: 'repeat' });
    expect(await stage.send(gateway, gone, status)).toEqual({ kind: 'repeat' });
    const result = sealMessage(
      'result',
      { ...shared, command: idOf('command'), at, outcome: { is: 'done' } } as never,
      gateway.signer,
    );
    const results = topicOf({ gateway: gateway.id, channel: 'up/result', deflated: false });
    for (let n = 0; n < 2; n += 1) await stage.send(gateway, result, results);
    const [row] = await stage.rows(
      `select (config_report->>'running')::int as running, (select count(*)::int from command_result where gateway_id = s.gateway_id) as results
         from gateway_state s where gateway_id = $1`,
      [gateway.id],
    );
    expect(row).toEqual({ running: 2, results: 1 });
  });

  it('acknowledges nothing once it stops', async () => {
    const gateway = await started('late');
    await stage.pipeline.stop();
    await expect(stage.send(gateway, gauges(gateway, 1, Date.now()))).rejects.toMatchObject({
      code: 'ingest_stopping',
    });
    stage.pipeline = stage.createPipeline();
    stage.pipeline.start();
    gateway.next -= 1;
  });
});
