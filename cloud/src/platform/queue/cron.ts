import { getNextMillis } from 'bullmq';
import { Temporal } from 'temporal-polyfill';

const FIVE_OR_SIX_FIELDS = /^\S+( +\S+){4,5}$/;

/**
 * When a cron expression is next due in a zone, strictly after `afterMs`; undefined if it cannot be read.
 * Every hour, or every few: by the time that really passes. At hours by name: by the wall clock, once a day. An
 * hour that the clocks skip (in Beirut that is midnight) then runs right after the gap, and an hour that comes
 * twice runs the first time. The library alone leaves the skipped midnight out.
 */
export function nextCronRun(cron: string, zone: string, afterMs: number): number | undefined {
  if (!FIVE_OR_SIX_FIELDS.test(cron)) return undefined;
  const hour = cron.split(/ +/).at(-4) ?? '*';
  try {
    return hour.startsWith('*')
      ? getNextMillis(afterMs, { pattern: cron, tz: zone })
      : nextByWall(cron, zone, afterMs);
  } catch {
    return undefined;
  }
}

function nextByWall(cron: string, zone: string, afterMs: number): number | undefined {
  const wallNow = Temporal.Instant.fromEpochMilliseconds(afterMs).toZonedDateTimeISO(zone).toPlainDateTime();
  let wall: number | undefined = wallNow.toZonedDateTime('UTC').epochMilliseconds;
  for (;;) {
    wall = getNextMillis(wall, { pattern: cron, tz: 'UTC' });
    if (wall === undefined) return undefined;
    const local = Temporal.Instant.fromEpochMilliseconds(wall).toZonedDateTimeISO('UTC').toPlainDateTime();
    const due = local.toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds;
    if (due > afterMs) return due;
  }
}
