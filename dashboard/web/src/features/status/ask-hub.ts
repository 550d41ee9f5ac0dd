import { getJson } from '../../shared/http/get-json.ts';
import { type HubAbout, parseAbout, parseReport } from './hub-report.ts';
import type { HubEvent } from './hub-status.ts';

/** Longer than the hub gives its slowest part. */
const TIMEOUT_MS = 6_000;

export async function askHub(signal: AbortSignal): Promise<HubEvent> {
  const answer = await getJson('/readyz', { timeoutMs: TIMEOUT_MS, signal, accept: [503] });
  const at = Date.now();
  if (!answer.ok) return { type: 'silent', reason: answer.failure, at };
  const report = parseReport(answer.body);
  return report ? { type: 'answered', report, at } : { type: 'silent', reason: 'unexpected', at };
}

export async function askAbout(signal: AbortSignal): Promise<HubAbout | undefined> {
  const answer = await getJson('/api/v1/about', { timeoutMs: TIMEOUT_MS, signal });
  return answer.ok ? parseAbout(answer.body) : undefined;
}
