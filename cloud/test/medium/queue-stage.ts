import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'vitest';
import { systemClock } from '../../src/kernel/clock.ts';
import {
  type JobHandler,
  JobQueue,
  type JobQueueOptions,
  JobRegistry,
  type JobRun,
} from '../../src/platform/queue/index.ts';
import type { ChildOrder } from './queue-child.ts';
import type { Place } from './queue-support.ts';
import { cutWire, type Wire } from './queue-wire.ts';

export interface Child {
  readonly process: ChildProcess;
  readonly output: () => string;
}

/** What one test starts, so that several can run at a time in one place: it ends with the test. */
export interface Stage {
  /** What the workers started here have run. */
  readonly runs: readonly JobRun[];
  started(
    handlers: readonly JobHandler[],
    options?: Partial<JobQueueOptions> & { work?: boolean },
  ): Promise<JobQueue>;
  child(order: Omit<ChildOrder, 'backend'>, url?: string): Child;
  wire(): Promise<Wire>;
}

export function stageOf(place: Place, { onTestFinished }: TestContext): Stage {
  const runs: JobRun[] = [];
  return {
    runs,
    async started(handlers, options = {}) {
      const { work = true, ...rest } = options;
      const queue = new JobQueue({
        backend: place.settings,
        registry: new JobRegistry().add({ handlers, jobs: handlers.map((handler) => handler.job) }),
        clock: systemClock,
        observer: { finished: (run) => runs.push(run) },
        ...rest,
      });
      onTestFinished(() => queue.stop({ graceMs: 0 }));
      await queue.start({ work });
      return queue;
    },
    child(order, url = place.settings.url) {
      const script = fileURLToPath(new URL('./queue-child.ts', import.meta.url));
      const whole: ChildOrder = { ...order, backend: { ...place.settings, url } };
      const spawned = spawn(process.execPath, ['--conditions=source', script], {
        env: { ...process.env, QUEUE_CHILD: JSON.stringify(whole) },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      onTestFinished(() => void spawned.kill('SIGKILL'));
      let text = '';
      for (const stream of [spawned.stdout, spawned.stderr])
        stream?.on('data', (data) => {
          text += String(data);
        });
      return { process: spawned, output: () => text };
    },
    async wire() {
      const wire = await cutWire(place.settings.url);
      onTestFinished(() => wire.end());
      return wire;
    },
  };
}
