// The built hub with routes and jobs that only tests need: slow, stuck and failing ones. Plain JavaScript, because it
// runs beside the build and not through a compiler.
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Get, Module } from '@nestjs/common';
import { z } from 'zod';
import { loadConfig } from '../../dist/config/index.js';
import { defineJob, handleJob } from '../../dist/platform/queue/index.js';
import { runHub } from '../../dist/roles/run-hub.js';

class TestController {
  async slow() {
    await sleep(1_000);
    return { done: true };
  }

  stuck() {
    return new Promise(() => {});
  }

  fault() {
    setTimeout(() => {
      throw new Error('nobody catches this');
    }, 10);
    return { armed: true };
  }
}
for (const name of ['slow', 'stuck', 'fault']) {
  Get(name)(TestController.prototype, name, Object.getOwnPropertyDescriptor(TestController.prototype, name));
}
Controller('test')(TestController);
class TestModule {}
Module({ controllers: [TestController] })(TestModule);

const input = z.object({ n: z.number() });
const slowJob = defineJob({ name: 'test.slow', queue: 'test', input, concurrency: 10 });
const failingJob = defineJob({ name: 'test.failing', queue: 'test', input, attempts: 1 });
const note = (text) => appendFileSync(process.env.SLOW_HUB_FILE, `${text}\n`);

const jobs = {
  jobs: [slowJob, failingJob],
  handlers: [
    handleJob(slowJob, async ({ n }) => {
      note(`started ${n}`);
      await sleep(1_500);
      note(`finished ${n}`);
    }),
    handleJob(failingJob, async () => {
      throw new Error('this job always fails');
    }),
  ],
};

const loaded = loadConfig({ env: process.env });
if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
const end = await runHub(loaded.config, { extras: { modules: [TestModule], jobs: [jobs] } });
if (end.kind === 'hung') console.error(`meterline: ${end.what}`);
process.exit(end.kind === 'hung' ? 75 : 0);
