import { setTimeout as sleep } from 'node:timers/promises';
import type { PointId } from '@meterline/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestGateway } from '../support/gateway.ts';
import { IngestStage } from '../support/ingest-stage.ts';

describe('readings that no gateway sealed', () => {
  const gateway = new TestGateway('direct');
  const at = Date.now() - 3_600_000;
  let stage: IngestStage;
  let no: number;
  beforeAll(async () => {
    stage = await IngestStage.open();
    await stage.addGateway(gateway);
    await stage.send(gateway, gateway.start(at).payload);
    await stage.send(
      gateway,
      gateway.counters([{ point: gateway.point(1), time: at, count: 7 }], at).payload,
    );
    const [point] = await stage.rows<{ no: number }>('select no from point where id = $1', [
      gateway.point(1),
    ]);
    no = point?.no ?? 0;
  });
  afterAll(() => stage?.close());

  const bring = (reference: string, readings: readonly { at: number; count: bigint }[]) => {
    const point: PointId = gateway.point(1);
    const all = readings.map((one) => ({ ...one, point, class: 'counter' as const }));
    return stage.pipeline.readings({ organisation: stage.organisation, source: 5, reference, readings: all });
  };

  it('are counted as what became of them', async () => {
    const settled = await bring('one', [
      { at, count: 7n },
      { at: at + 1, count: 8n },
      { at: at + 2, count: 9n },
    ]);
    expect(settled).toMatchObject({ stored: 2, repeats: 1, conflicts: [] });
    const again = await bring('two', [
      { at: at + 1, count: 8n },
      { at: at + 2, count: 10n },
      { at: at + 3, count: 11n },
    ]);
    expect(again).toMatchObject({
      stored: 1,
      repeats: 1,
      conflicts: [{ index: 1, stored: '9', offered: '10' }],
    });
  });

  it('are no news when somebody else stores the same at the same moment', async () => {
    await stage.admin.query('begin');
    await stage.admin.query(
      `insert into reading_counter (point, at, count, quality, source, batch, sequence)
       select $1, to_timestamp($2::float8 / 1000), 12, 0, 2, batch, 1 from reading_counter where point = $1 limit 1`,
      [no, at + 4],
    );
    const settled = bring('three', [
      { at: at + 4, count: 12n },
      { at: at + 5, count: 13n },
    ]);
    const waits = () =>
      stage.count('pg_stat_activity', `wait_event_type = 'Lock' and datname = current_database()`);
    while ((await waits()) === 0) await sleep(10);
    await stage.admin.query('commit');
    expect(await settled).toMatchObject({ stored: 1, repeats: 1, conflicts: [] });
  });
});
