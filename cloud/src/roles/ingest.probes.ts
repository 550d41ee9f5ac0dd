import { COMMIT_BUCKETS_MS, type Pipeline } from '../ingest/index.ts';
import type { Metrics } from '../platform/telemetry/index.ts';

/** The pipeline in numbers. Counters of the process, read when they are scraped. */
export function probeIngest(metrics: Metrics, pipeline: Pipeline): void {
  const { stats } = pipeline;
  const one = (name: string, help: string, read: () => number | undefined) =>
    metrics.probe(name, help, [], () => {
      const value = read();
      return value === undefined ? [] : [{ value }];
    });
  metrics.probe('meterline_ingest_messages', 'Messages settled, by outcome', ['outcome'], () =>
    Object.entries(stats.settled).map(([outcome, value]) => ({ labels: { outcome }, value })),
  );
  metrics.probe('meterline_ingest_refused', 'Messages kept as dead letters, by reason', ['reason'], () =>
    [...stats.refused].map(([reason, value]) => ({ labels: { reason }, value })),
  );
  metrics.probe('meterline_ingest_troubles', 'Commits that failed, by kind', ['kind'], () =>
    [...stats.troubles].map(([kind, value]) => ({ labels: { kind }, value })),
  );
  metrics.probe('meterline_ingest_commit_seconds_bucket', 'Time of commits, cumulative', ['le'], () => {
    let sum = 0;
    return [...COMMIT_BUCKETS_MS, Number.POSITIVE_INFINITY].map((bound, i) => {
      sum += stats.commitBuckets[i] ?? 0;
      const le = Number.isFinite(bound) ? String(bound / 1_000) : '+Inf';
      return { labels: { le }, value: sum };
    });
  });
  one('meterline_ingest_commits', 'Commits', () => stats.commits);
  one('meterline_ingest_rows', 'Readings written', () => stats.rows);
  one('meterline_ingest_receipts', 'Receipts sent', () => pipeline.load.receipts);
  one('meterline_ingest_queue_messages', 'Messages that wait for a commit', () => pipeline.load.messages);
  one('meterline_ingest_queue_bytes', 'Bytes of them', () => pipeline.load.bytes);
  one('meterline_ingest_outside', 'Messages whose door waits for room', () => pipeline.load.outside);
  one(
    'meterline_ingest_lag_seconds',
    'From the door to the commit, at the last commit',
    () => stats.lastLagMs / 1_000,
  );
  one('meterline_ingest_last_commit_age_seconds', 'Since the last commit', () =>
    stats.lastCommitAt === undefined ? undefined : (Date.now() - stats.lastCommitAt) / 1_000,
  );
}
