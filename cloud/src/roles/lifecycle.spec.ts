import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Lifecycle, type Step } from './lifecycle.ts';

const never = (): Promise<void> => new Promise(() => {});

function recorder() {
  const log: string[] = [];
  const step = (name: string, parts: Partial<Step> = {}): Step => ({
    name,
    start: async () => void log.push(`+${name}`),
    stop: async () => void log.push(`-${name}`),
    ...parts,
  });
  return { log, step };
}

describe('Lifecycle', () => {
  it('starts in order and stops in reverse, once', async () => {
    const { log, step } = recorder();
    const lifecycle = new Lifecycle([step('database'), step('queue'), step('http')]);
    await lifecycle.start();
    const [first, second] = await Promise.all([lifecycle.stop(1_000), lifecycle.stop(1_000)]);
    expect(log).toEqual(['+database', '+queue', '+http', '-http', '-queue', '-database']);
    expect(first).toEqual({ hung: [], failed: [] });
    expect(second).toBe(first);
  });

  it('stops what had started, and the half-started, when one fails', async () => {
    const { log, step } = recorder();
    const broken = step('queue', { start: () => Promise.reject(new Error('no Redis')) });
    const lifecycle = new Lifecycle([step('database'), broken, step('http')]);
    await expect(lifecycle.start()).rejects.toThrow('no Redis');
    await lifecycle.stop(1_000);
    expect(log).toEqual(['+database', '-queue', '-database']);
  });

  it('goes no further when a stop comes during the start', async () => {
    const { log, step } = recorder();
    let release = () => {};
    const slow = step('slow', { start: () => new Promise((resolve) => (release = () => resolve())) });
    const lifecycle = new Lifecycle([step('database'), slow, step('http')]);
    const outcome = lifecycle.start().catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const stopping = lifecycle.stop(1_000);
    release();
    expect(await outcome).toMatchObject({ code: 'boot_interrupted' });
    await stopping;
    expect(log).toEqual(['+database', '-slow', '-database']);
  });

  it('names the step that does not start in time', async () => {
    const { step } = recorder();
    const lifecycle = new Lifecycle([step('queue', { start: never, startTimeoutMs: 5 })]);
    await expect(lifecycle.start()).rejects.toThrow(/^queue did not start within 0.005 s$/);
    const files = step('files', { start: never, startTimeoutMs: 5, waitsFor: 'files.folder /mnt/away' });
    await expect(new Lifecycle([files]).start()).rejects.toMatchObject({
      code: 'boot_step_timeout',
      message: 'files did not start within 0.005 s: no answer from files.folder /mnt/away',
    });
  });

  it('names what hung at the stop and what it held up, and goes on over failures', async () => {
    const { log, step } = recorder();
    const lifecycle = new Lifecycle([
      step('database'),
      step('workers', { stop: never }),
      step('outbox', { stop: () => Promise.reject(new Error('gone')) }),
      step('http'),
    ]);
    await lifecycle.start();
    const report = await lifecycle.stop(20);
    expect(report.hung).toEqual(['workers', 'database']);
    expect(report.failed.map(({ name }) => name)).toEqual(['outbox']);
    expect(log.at(-1)).toBe('-http');
  });

  it('stops exactly what it started, in reverse, wherever a start fails', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 6 }),
        fc.integer({ min: 0, max: 7 }),
        async (count, failing) => {
          const { log, step } = recorder();
          const steps = Array.from({ length: count }, (_, index) =>
            step(String(index), index === failing ? { start: () => Promise.reject(new Error('x')) } : {}),
          );
          const lifecycle = new Lifecycle(steps);
          await lifecycle.start().catch(() => {});
          await lifecycle.stop(1_000);
          const begun = Math.min(count, failing + 1);
          expect(log.filter((line) => line.startsWith('-'))).toEqual(
            Array.from({ length: begun }, (_, index) => `-${begun - 1 - index}`),
          );
        },
      ),
    );
  });
});
