import { setTimeout as sleep } from 'node:timers/promises';
import type { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../src/kernel/clock.ts';
import type { QueueBackend } from '../../src/platform/queue/backend.ts';
import {
  defineJob,
  defineSchedule,
  handleJob,
  type JobContext,
  JobQueue,
  JobRegistry,
  type Schedule,
} from '../../src/platform/queue/index.ts';
import { postgresBackend } from '../../src/platform/queue/postgres-backend.ts';
import { redisBackend } from '../../src/platform/queue/redis-backend.ts';
import { syncSchedules } from '../../src/platform/queue/schedule-sync.ts';
import { eventually, freshPlace, KINDS, type Place } from './queue-support.ts';

const nightly = defineJob({
  name: 'nightly',
  queue: 'plan',
  input: z.strictObject({ site: z.string(), of: z.int() }),
});
const schedule = (id: string, cron: string, zone = 'Asia/Bangkok'): Schedule =>
  defineSchedule({ id, job: nightly, input: { site: 'ก', of: 1 }, cron, zone });

// Real: PostgreSQL, Redis, the wall clock. Fake: nothing.
describe.each(KINDS)('schedules on %s', (kind) => {
  let place: Place;
  let backend: QueueBackend;
  let raw: Queue;
  const open: JobQueue[] = [];

  beforeAll(async () => {
    place = await freshPlace(kind);
    const { url } = place.settings;
    backend =
      place.settings.kind === 'redis' ? redisBackend(url, place.settings.prefix) : postgresBackend(url, 0);
    await backend.open();
    raw = backend.queue('plan', {});
  });
  beforeEach(async () => {
    await syncSchedules(raw, []);
    await raw.drain(true);
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((queue) => queue.stop({ graceMs: 0 })));
  });
  afterAll(async () => {
    await raw.close();
    await backend.close();
    await place.drop();
  });

  async function started(schedules: readonly Schedule[], seen: JobContext[]): Promise<JobQueue> {
    const handler = handleJob(nightly, async (_, context) => void seen.push(context));
    const registry = new JobRegistry().add({ jobs: [nightly], handlers: [handler], schedules });
    const queue = new JobQueue({ backend: place.settings, registry, clock: systemClock });
    open.push(queue);
    await queue.start({ work: true });
    return queue;
  }

  it('stores what is declared, leaves alone what is as declared, removes what is no longer', async () => {
    const first = [schedule('a', '30 2 * * *'), schedule('b', '0 0 1 * *')];
    expect(await syncSchedules(raw, first)).toEqual({ written: ['a', 'b'], removed: [] });
    expect(await syncSchedules(raw, first)).toEqual({ written: [], removed: [] });
    const moved = [schedule('a', '30 2 * * *', 'Asia/Jakarta')];
    expect(await syncSchedules(raw, moved)).toEqual({ written: ['a'], removed: ['b'] });
    const other = { ...schedule('a', '30 2 * * *', 'Asia/Jakarta'), input: { site: 'ข', of: 1 } };
    expect(await syncSchedules(raw, [other])).toEqual({ written: ['a'], removed: [] });
    expect((await raw.getJobSchedulers()).map(({ key, pattern, tz }) => [key, pattern, tz])).toEqual([
      ['a', '30 2 * * *', 'Asia/Jakarta'],
    ]);
    expect((await raw.getJobCounts('delayed')).delayed).toBe(1);
    expect(await syncSchedules(raw, [])).toEqual({ written: [], removed: ['a'] });
    expect((await raw.getJobCounts('delayed')).delayed).toBe(0);
  });

  it('asks for the first run by the clock of the zone', async () => {
    await syncSchedules(raw, [schedule('midnight', '0 0 * * *', 'Asia/Kathmandu')]);
    const next = (await raw.getJobScheduler('midnight'))?.next ?? 0;
    // 00:00 in Kathmandu is 18:15 of the day before, UTC
    expect(new Date(next).toISOString()).toContain('T18:15:00.000Z');
    expect(next).toBeGreaterThan(Date.now());
  });

  it('processes that boot together write one schedule', async () => {
    for (let round = 0; round < 10; round++) {
      const declared = [schedule('same', `${30 + round} 2 * * *`)];
      await Promise.all([1, 2, 3, 4, 5, 6].map(() => syncSchedules(raw, declared)));
      expect(await raw.getJobSchedulersCount()).toBe(1);
      expect((await raw.getJobCounts('delayed')).delayed).toBe(1);
    }
  });

  it('repairs a schedule whose waiting run somebody removed', async () => {
    const declared = [schedule('cut', '30 2 * * *')];
    await syncSchedules(raw, declared);
    const current = await raw.getJobScheduler('cut');
    const id = `repeat:cut:${current?.next}`;
    if (place.settings.kind === 'redis') {
      // BullMQ refuses to remove it; a person with redis-cli is not asked.
      const redis = new Redis(place.settings.url);
      await redis.zrem(`${place.settings.prefix}:plan:delayed`, id);
      await redis.del(`${place.settings.prefix}:plan:${id}`);
      redis.disconnect();
    } else {
      await backend.pool?.query('delete from bullmq.job where id = $1', [id]);
    }
    expect((await raw.getJobCounts('delayed')).delayed).toBe(0);
    expect(await syncSchedules(raw, declared)).toEqual({ written: ['cut'], removed: [] });
    expect((await raw.getJobCounts('delayed')).delayed).toBe(1);
  });

  it('runs every time it is due, once, and tells the handler when that was', async () => {
    const seen: JobContext[] = [];
    await started([schedule('tick', '* * * * * *')], seen);
    await eventually('three runs', () => seen.length >= 3);
    const due = seen.map(({ dueAt }) => dueAt?.epochMilliseconds ?? 0);
    expect(due.every((ms) => ms % 1000 === 0)).toBe(true);
    expect(new Set(due).size).toBe(due.length);
    expect((due[1] ?? 0) - (due[0] ?? 0)).toBe(1000);
  });

  it('a run that fell due while no process was up is made up for at boot, not dropped', async () => {
    await syncSchedules(raw, [schedule('missed', '* * * * * *')]);
    const due = (await raw.getJobScheduler('missed'))?.next ?? 0;
    await sleep(due - Date.now() + 1_200);
    const seen: JobContext[] = [];
    await started([schedule('missed', '* * * * * *')], seen);
    await eventually('it ran', () => seen.length >= 1);
    expect(seen[0]?.dueAt?.epochMilliseconds).toBe(due);
  });
});
