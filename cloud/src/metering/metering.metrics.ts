import { ALL_ORGANISATIONS, type Database } from '../platform/db/index.ts';
import type { Metrics } from '../platform/telemetry/index.ts';
import { NEWEST_SQL } from './audit.sql.ts';
import { FAILURES_SQL, LAG_SQL, OPEN_SUSPECTS_SQL } from './worker.sql.ts';

const WHO = {
  organisation: ALL_ORGANISATIONS,
  actor: { kind: 'system', id: 'metering' },
  readOnly: true,
} as const;

export interface UsageLag {
  readonly waiting: number;
  readonly oldestSeconds: number;
}

/** How far usage is behind readings. */
export async function usageLag(everybody: Database): Promise<UsageLag> {
  return everybody.transaction(WHO, async (tx) => {
    const { rows } = await tx.query<UsageLag & Record<string, unknown>>(LAG_SQL);
    return rows[0] ?? { waiting: 0, oldestSeconds: 0 };
  });
}

/** Read when they are scraped, by a process that works. */
export function probeMetering(metrics: Metrics, everybody: Database): void {
  const one = async (text: string, column: string) => {
    const { rows } = await everybody.transaction(WHO, (tx) => tx.query<Record<string, number>>(text));
    return [{ value: Number(rows[0]?.[column] ?? 0) }];
  };
  metrics.probe(
    'meterline_usage_lag_seconds',
    'Age of the oldest change that usage does not show yet',
    [],
    async () => [{ value: (await usageLag(everybody)).oldestSeconds }],
  );
  metrics.probe('meterline_usage_waiting', 'Notes of changes that usage does not show yet', [], async () => [
    { value: (await usageLag(everybody)).waiting },
  ]);
  metrics.probe('meterline_usage_failures', 'Points whose usage could not be worked out', [], () =>
    one(FAILURES_SQL, 'count'),
  );
  metrics.probe(
    'meterline_ledger_mismatches',
    'Hours and days that the last audit found different; must be 0',
    [],
    () => one(NEWEST_SQL, 'differences'),
  );
  metrics.probe('meterline_ledger_audit_age_seconds', 'Since the last audit of usage', [], () =>
    one(NEWEST_SQL, 'ageSeconds'),
  );
  metrics.probe(
    'meterline_meter_suspects',
    'Counts that wait: held, or put to a person',
    ['state'],
    async () => {
      type Open = { state: string; count: number };
      const { rows } = await everybody.transaction(WHO, (tx) => tx.query<Open>(OPEN_SUSPECTS_SQL));
      return rows.map(({ state, count }) => ({ labels: { state }, value: count }));
    },
  );
}
