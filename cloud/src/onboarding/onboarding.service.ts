import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { AuditLog } from '../audit/index.ts';
import { authorOf, type Profiles } from '../ingest/index.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Ids } from '../kernel/ids.ts';
import { exponentOf, isCurrency } from '../kernel/money.ts';
import { dateAt } from '../kernel/period.ts';
import { type Database, errorCode, type Outbox, type Tx } from '../platform/db/index.ts';
import { withSpool } from '../platform/files/index.ts';
import { type ListedBuilding, siteLists } from '../sites/index.ts';
import type { LineChange, Plan } from './domain/change.ts';
import type { LineRules } from './domain/line-cells.ts';
import type { ListKind } from './domain/list-columns.ts';
import { YEARS_AHEAD } from './domain/list-mapping.ts';
import { LISTS, type Prepared, type Told } from './list-kinds.ts';
import { onboardingError } from './onboarding.errors.ts';
import { onboardingStore } from './onboarding.store.ts';
import type { Asked, ListOptions, ListResult, OnboardingRun } from './onboarding.types.ts';
import { type OpenedList, openList, type Received, receive } from './opened-list.ts';

interface Stores {
  readonly audit: AuditLog;
  readonly outbox: Outbox;
}

/** What lists need of the hub. */
export interface OnboardingParts {
  readonly db: Database<Stores>;
  readonly profiles: Profiles;
  readonly ids: Ids;
  readonly clock: Clock;
}

/** One transaction for a list of ten thousand lines: longer than any request takes otherwise. */
const STATEMENT_MS = 60_000;

/**
 * Brings in lists of rooms, meters and tenants: all of a list or nothing. Nothing is kept of a file that is only looked
 * at, and nothing is remembered between a preview and an import: both judge the file against what is there now.
 */
export class OnboardingService {
  readonly #parts: OnboardingParts;

  constructor(parts: OnboardingParts) {
    this.#parts = parts;
  }

  bring(
    asked: Asked,
    kind: ListKind,
    building: string,
    body: Readable,
    options: ListOptions,
  ): Promise<ListResult> {
    return withSpool(async (spool) => {
      await this.#look(asked, building);
      const received = await receive(spool, body);
      return this.#within(asked, options.dryRun, (tx) =>
        this.#bring(tx, { asked, kind, building, spool, received, options }),
      ).catch(overtaken);
    });
  }

  runs(asked: Asked, before: string | undefined, limit: number): Promise<readonly OnboardingRun[]> {
    return this.#within(asked, true, (tx) => tx.bind(onboardingStore).runs(before, limit));
  }

  /** Before a file is taken in for a building that is none. */
  async #look(asked: Asked, id: string): Promise<void> {
    const found = await this.#within(asked, true, (tx) => tx.bind(siteLists).building(id));
    if (!found) throw onboardingError('onboarding_building_not_found');
  }

  async #bring(tx: Tx<Stores>, job: Job): Promise<ListResult> {
    const { kind, received, options, spool } = job;
    const sites = tx.bind(siteLists);
    const building = options.dryRun
      ? await sites.building(job.building)
      : await sites.lockBuilding(job.building);
    if (!building) throw onboardingError('onboarding_building_not_found');
    const now = this.#parts.clock.now();
    const surroundings = surroundingsOf(building, dateAt(now, building.zone).year);
    const { mapping, dateOrder } = options;
    const list = await openList(spool, received.format, kind, mapping, { ...surroundings, dateOrder });
    const rules = rulesOf(list, building, surroundings);
    const { profiles, ids } = this.#parts;
    const since = options.since;
    const prepared = await LISTS[kind]({ tx, building, list, rules, profiles, ids, now, since });
    const earlier = await tx.bind(onboardingStore).earlier(building.id, kind, received.sha256);
    const result = resultOf(job, list, prepared.plan, earlier);
    if (result.state !== 'done') return result;
    if (options.plan !== undefined && options.plan !== result.plan)
      throw onboardingError('onboarding_plan_changed', { details: { plan: result.plan } });
    await this.#carryOut(tx, job.asked, result, prepared);
    return result;
  }

  /** The rows, an audit entry and an event for each, and the run: in one transaction. */
  async #carryOut(tx: Tx<Stores>, asked: Asked, result: ListResult, prepared: Prepared): Promise<void> {
    const done = await prepared.carryOut();
    const id = this.#parts.ids.next();
    const { building, kind, fileName, sha256, size, lines, added, changed, same } = result;
    const counts = { lines, added, changed, same };
    const run = { id, building, kind, fileName, sha256, size: BigInt(size), ...counts };
    await tx
      .bind(onboardingStore)
      .addRun({ ...run, author: authorOf(asked), createdAt: this.#parts.clock.now() });
    const whole: Told = {
      action: ONBOARDED,
      subject: { type: 'onboarding', id },
      fields: ['kind', 'building', 'sha256', ...Object.keys(counts)],
    };
    await tx.audit.append(...done, whole);
    await tx.outbox.add(
      ...done.map(({ action, subject }) => ({
        topic: action,
        key: subject.id,
        payload: { [subject.type]: subject.id, onboarding: id },
      })),
      { topic: ONBOARDED, key: building, payload: { onboarding: id, building, kind, ...counts } },
    );
  }

  #within<T>(asked: Asked, readOnly: boolean, work: (tx: Tx<Stores>) => Promise<T>): Promise<T> {
    const options = { ...asked, readOnly, statementTimeoutMs: STATEMENT_MS };
    return this.#parts.db.transaction(options, work);
  }
}

const ONBOARDED = 'onboarding.done';
/** Of what was brought in, the features that own it tell; this is the list as a whole. */
export const ONBOARDING_TOPICS = [ONBOARDED] as const;

interface Job {
  readonly asked: Asked;
  readonly kind: ListKind;
  readonly building: string;
  readonly spool: FileHandle;
  readonly received: Received;
  readonly options: ListOptions;
}

interface Surroundings {
  readonly referenceYear: number;
  readonly hasDecimals: boolean;
}

const currencyOf = ({ currency }: ListedBuilding) => (isCurrency(currency) ? currency : 'THB');

const surroundingsOf = (building: ListedBuilding, referenceYear: number): Surroundings => ({
  referenceYear,
  hasDecimals: exponentOf(currencyOf(building)) > 0,
});

function rulesOf(
  { mapping, date1904 }: OpenedList,
  building: ListedBuilding,
  { referenceYear }: Surroundings,
): LineRules {
  const currency = currencyOf(building);
  return {
    formulas: mapping.formulas,
    decimal: mapping.decimal,
    dates: { ...mapping.dates, referenceYear, yearsAhead: YEARS_AHEAD, date1904 },
    currency,
    callingCode: currency === 'IDR' ? '62' : '66',
  };
}

function resultOf(
  { kind, building, options, received }: Job,
  list: OpenedList,
  { changes, faults, notes = [] }: Omit<Plan<unknown>, 'writes'>,
  earlier: ListResult['earlier'],
): ListResult {
  const count = (what: LineChange['what']) => changes.filter((change) => change.what === what).length;
  const isFine = faults.length === 0 && list.problems.length === 0;
  return {
    state: options.dryRun ? 'checked' : isFine ? 'done' : 'refused',
    kind,
    building,
    fileName: cleanName(options.fileName),
    sha256: received.sha256,
    size: received.size,
    facts: list.facts,
    mapping: list.mapping,
    proposed: list.proposed,
    notes: [...list.notes, ...notes],
    problems: list.problems,
    lines: list.rows.length,
    added: count('new'),
    changed: count('changed'),
    same: count('same'),
    changes,
    faults,
    plan: planDigest(changes),
    earlier,
  };
}

/** Ids are minted anew for each look: what people see of a plan is what makes it this one. */
function planDigest(changes: readonly LineChange[]): string {
  const hash = createHash('sha256');
  for (const { line, name, what, fields } of changes)
    hash.update(`${JSON.stringify([line, name, what, fields])}\n`);
  return hash.digest('hex').slice(0, 32);
}

/** What the list did not see coming: somebody changed the same things by another way while it was judged. */
function overtaken(error: unknown): never {
  const code = errorCode(error) ?? '';
  throw /^23/.test(code) ? onboardingError('onboarding_overtaken', { cause: error }) : error;
}

/** For a list on a screen; never a path of ours. */
function cleanName(name: string): string {
  const clean = name
    .toWellFormed()
    .normalize('NFC')
    .replaceAll(/\p{Cc}/gu, '')
    .trim();
  return (clean.split(/[/\\]/).at(-1) ?? '').slice(0, 200) || 'list';
}
