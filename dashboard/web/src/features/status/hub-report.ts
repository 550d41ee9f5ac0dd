import { isRecord } from '../../shared/http/problem.ts';

export type PartState = 'ok' | 'limited' | 'failed' | 'unknown';

export interface Reason {
  readonly code: string;
  readonly count?: number;
}

export interface Part {
  readonly name: string;
  readonly state: PartState;
  /** Why it is not well, in codes: the page says them in the language of its reader. */
  readonly reasons?: readonly Reason[];
  readonly milliseconds?: number;
}

export interface HubReport {
  readonly state: 'ready' | 'limited' | 'impaired' | 'draining';
  readonly parts: readonly Part[];
}

export interface HubAbout {
  readonly version?: string;
  readonly commit?: string;
  readonly role?: string;
  /** How the database keeps readings. */
  readonly layer?: string;
}

const PART_STATES: Readonly<Record<string, PartState>> = { up: 'ok', degraded: 'limited', down: 'failed' };

/** The body of /readyz; `undefined` when something else answered, as the page of a proxy. */
export function parseReport(body: unknown): HubReport | undefined {
  if (!isRecord(body) || !Array.isArray(body.dependencies) || typeof body.ready !== 'boolean')
    return undefined;
  const parts = body.dependencies.map(parsePart).filter((part) => part !== undefined);
  return { state: overall(body.ready, body.draining === true, parts), parts };
}

function overall(ready: boolean, draining: boolean, parts: readonly Part[]): HubReport['state'] {
  if (draining) return 'draining';
  if (!ready) return 'impaired';
  return parts.every((part) => part.state === 'ok') ? 'ready' : 'limited';
}

function parsePart(value: unknown): Part | undefined {
  if (!isRecord(value) || typeof value.name !== 'string') return undefined;
  const { name, state, milliseconds } = value;
  const reasons = Array.isArray(value.reasons) ? value.reasons.flatMap(parseReason) : [];
  return {
    name,
    state:
      (typeof state === 'string' && Object.hasOwn(PART_STATES, state) && PART_STATES[state]) || 'unknown',
    ...(reasons.length > 0 && { reasons }),
    ...(typeof milliseconds === 'number' && Number.isFinite(milliseconds) && { milliseconds }),
  };
}

function parseReason(value: unknown): Reason[] {
  if (!isRecord(value) || typeof value.code !== 'string') return [];
  const { code, count } = value;
  return [{ code, ...(typeof count === 'number' && Number.isFinite(count) && { count }) }];
}

export function parseAbout(body: unknown): HubAbout | undefined {
  if (!isRecord(body)) return undefined;
  const facts = (['version', 'commit', 'role', 'layer'] as const).map((name) => [name, body[name]] as const);
  return Object.fromEntries(facts.filter(([, value]) => typeof value === 'string' && value !== ''));
}
