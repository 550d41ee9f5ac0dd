import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** From a cache hit to a request that is about to time out. */
const HTTP_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const JOB_BUCKETS = [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 1800];
/** A scrape must not hang on a database that does. */
const PROBE_TIMEOUT_MS = 2_000;

export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Metrics {
  readonly registry: Registry;
  readonly httpDuration: Histogram<'method' | 'route' | 'status'>;
  readonly httpInFlight: Gauge;
  readonly jobDuration: Histogram<'job' | 'outcome'>;
  readonly rateLimited: Counter<'scope'>;
  /** A gauge that is read when it is scraped. A failed or slow read leaves it out: absent says more than 0. */
  probe(
    name: string,
    help: string,
    labelNames: readonly string[],
    read: () => Promise<readonly Sample[]> | readonly Sample[],
  ): void;
}

export function createMetrics(role: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ role });
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const probeFailures = new Counter({
    name: 'meterline_probe_failures_total',
    help: 'Gauges that could not be read when they were scraped',
    labelNames: ['probe'],
    registers,
  });
  return {
    registry,
    httpDuration: new Histogram({
      name: 'meterline_http_request_duration_seconds',
      help: 'Time from the head of a request to the end of its response, by route template',
      labelNames: ['method', 'route', 'status'],
      buckets: HTTP_BUCKETS,
      registers,
    }),
    httpInFlight: new Gauge({
      name: 'meterline_http_requests_in_flight',
      help: 'Requests being answered',
      registers,
    }),
    jobDuration: new Histogram({
      name: 'meterline_job_duration_seconds',
      help: 'Time a job ran, by name and outcome',
      labelNames: ['job', 'outcome'],
      buckets: JOB_BUCKETS,
      registers,
    }),
    rateLimited: new Counter({
      name: 'meterline_http_rate_limited_total',
      help: 'Requests refused because of a rate limit',
      labelNames: ['scope'],
      registers,
    }),
    probe(name, help, labelNames, read) {
      new Gauge({
        name,
        help,
        labelNames: [...labelNames],
        registers,
        async collect() {
          this.reset();
          // A gauge without labels is reset to 0, and a 0 that nobody measured would be a lie.
          if (labelNames.length === 0) this.remove({});
          try {
            const samples = await withTimeout(Promise.resolve().then(read));
            for (const { labels = {}, value } of samples) this.set({ ...labels }, value);
          } catch {
            // Counted, not logged: an unreachable database already fills the log where it is used.
            probeFailures.inc({ probe: name });
          }
        },
      });
    },
  };
}

async function withTimeout<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('probe timed out')), PROBE_TIMEOUT_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
