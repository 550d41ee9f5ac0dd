import type { TestProject } from 'vitest/node';
import { startPostgres } from '../stack/postgres.ts';
import { startRedis } from '../stack/redis.ts';
import { startTimescale } from '../stack/timescale.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string;
    timescaleUrl: string;
    redisUrl: string;
  }
}

/** The real parts that tests speak to: started once a run, ended with it, even when the run is killed. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [postgres, timescale, redis] = await Promise.all([startPostgres(), startTimescale(), startRedis()]);
  project.provide('postgresUrl', postgres.url);
  project.provide('timescaleUrl', timescale.url);
  project.provide('redisUrl', redis.url);
  return async () => {
    await Promise.all([postgres.stop(), timescale.stop(), redis.stop()]);
  };
}
