import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { systemClock } from '../../src/kernel/clock.ts';
import type { QueueBackendSettings } from '../../src/platform/queue/backend.ts';
import { defineJob, handleJob, JobQueue, JobRegistry } from '../../src/platform/queue/index.ts';

// A process of its own, for what only a process can show: being killed, and ending by itself.

export const endless = defineJob({ name: 'endless', queue: 'killed', input: z.string(), attempts: 1 });
export const quick = defineJob({ name: 'quick', queue: 'quick', input: z.string() });

export interface ChildOrder {
  readonly backend: QueueBackendSettings;
  readonly mode: 'hold' | 'run-and-end' | 'stop-when-told';
}

async function main(order: ChildOrder): Promise<void> {
  const registry = new JobRegistry().add({
    jobs: [endless, quick],
    handlers: [
      handleJob(endless, async () => {
        process.stdout.write('holding\n');
        // It ignores its signal, and is not itself what keeps the process up.
        await sleep(600_000, undefined, { ref: false });
      }),
      handleJob(quick, async () => {
        process.stdout.write('ran\n');
      }),
    ],
  });
  const queue = new JobQueue({
    backend: order.backend,
    registry,
    clock: systemClock,
    recovery: { lockMs: 1_000, checkEveryMs: 300, maxStalls: 1 },
  });
  await queue.start({ work: true });
  if (order.mode === 'hold') return;
  if (order.mode === 'stop-when-told') {
    await queue.enqueue(endless, 'x');
    process.once('SIGTERM', async () => {
      await queue.stop({ graceMs: 100 });
      process.stdout.write('stopped\n');
    });
    return;
  }
  await queue.enqueue(quick, 'x');
  await sleep(500);
  await queue.stop({ graceMs: 1_000 });
  // Nothing here ends the process: if it ends, nothing was left open.
  process.stdout.write('stopped\n');
}

if (process.env.QUEUE_CHILD !== undefined) await main(JSON.parse(process.env.QUEUE_CHILD) as ChildOrder);
