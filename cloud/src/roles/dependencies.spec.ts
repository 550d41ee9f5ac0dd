import { describe, expect, it } from 'vitest';
import { auditReport, outboxReport } from './dependencies.ts';

describe('the outbox', () => {
  it.each([
    [
      { pending: 0, failed: 0, lateSeconds: 0 },
      { state: 'up', detail: '0 waiting, 0 failed' },
    ],
    [
      { pending: 900, failed: 0, lateSeconds: 60 },
      { state: 'up', detail: '900 waiting, 0 failed' },
    ],
    [
      { pending: 0, failed: 6, lateSeconds: 0 },
      { state: 'degraded', detail: '0 waiting, 6 failed', reasons: [{ code: 'events_failed', count: 6 }] },
    ],
    [
      { pending: 3, failed: 1, lateSeconds: 61.2 },
      {
        state: 'degraded',
        detail: '3 waiting, 1 failed, the oldest 61 s late',
        reasons: [
          { code: 'events_failed', count: 1 },
          { code: 'events_late_seconds', count: 61 },
        ],
      },
    ],
  ])('with %o', (backlog, report) => expect(outboxReport(backlog)).toEqual(report));
});

describe('the audit', () => {
  it.each([
    [
      { waiting: 1, oldestSeconds: 2 },
      { state: 'up', detail: '1 entry waits for the seal' },
    ],
    [
      { waiting: 7, oldestSeconds: 600 },
      {
        state: 'degraded',
        detail: '7 entries wait for the seal',
        reasons: [{ code: 'seals_late_seconds', count: 600 }],
      },
    ],
  ])('with %o', (backlog, report) => expect(auditReport(backlog)).toEqual(report));
});
