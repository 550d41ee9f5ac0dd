import { Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { systemClock } from '../../src/kernel/clock.ts';
import { createIds } from '../../src/kernel/ids.ts';
import { meteringModule } from '../../src/metering/index.ts';
import { createHttpServer, Readiness } from '../../src/platform/http/index.ts';
import { createLogger, createMetrics } from '../../src/platform/telemetry/index.ts';
import { sitesModule } from '../../src/sites/index.ts';
import type { FreshDatabase } from './database.ts';
import { testProfiles } from './meters.ts';
import { openSites } from './sites.ts';

@Module({})
class Root {}

const OPERATOR = 'operator-token-0123456789abcdef';

export interface MeteringHttp {
  /** Up to and including `/organisations`. */
  readonly url: string;
  get(path: string): Promise<{ readonly status: number; readonly body: unknown }>;
  post(path: string, body: object): Promise<{ readonly status: number; readonly body: unknown }>;
  close(): Promise<void>;
}

/** The routes of metering behind the guard of the sites, as the hub serves them. */
export async function openMeteringHttp(
  fresh: Pick<FreshDatabase, 'appUrl' | 'workerUrl'>,
): Promise<MeteringHttp> {
  const ground = openSites(fresh as FreshDatabase);
  const parts = { ...ground.parts, clock: systemClock, ids: createIds(systemClock), profiles: testProfiles };
  const app: NestFastifyApplication = await createHttpServer({
    http: {
      host: '127.0.0.1',
      port: 0,
      trustProxy: false,
      bodyLimitBytes: 16_384,
      requestTimeoutMs: 10_000,
      rateLimit: { perMinute: 0 },
      operatorToken: OPERATOR,
    },
    version: '0.0.0',
    module: {
      module: Root,
      imports: [sitesModule({ ...ground.parts, operatorToken: OPERATOR }), meteringModule(parts)],
    },
    readiness: new Readiness([], () => performance.now()),
    logger: createLogger({ level: 'silent', format: 'json', secrets: [] }),
    metrics: createMetrics('api'),
  });
  await app.listen(0, '127.0.0.1');
  const url = `${await app.getUrl()}/api/v1/organisations`;
  const headers = { authorization: `Bearer ${OPERATOR}`, 'content-type': 'application/json' };
  const answered = async (response: Response) => {
    const text = await response.text();
    return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : text };
  };
  return {
    url,
    get: async (path) => answered(await fetch(url + path, { headers })),
    post: async (path, body) =>
      answered(await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })),
    async close() {
      await app.close();
      await ground.close();
    },
  };
}
