import type { Batch, Command, JournalId, JournalRecord, PointId, Status } from '@meterline/contracts';
import type { KnownGateway, KnownPoint } from '../sites/index.ts';
import {
  applyDropped,
  type ChainPlaces,
  type JournalState,
  judgeBatch,
  judgeDropped,
  missingCount,
  type Verdict,
} from './domain/journal.ts';
import { maySpeakFor } from './domain/point-rules.ts';
import { type Ranges, toMultirange } from './domain/ranges.ts';
import { type GatewayState, withConfigReport, withStatus } from './domain/reports.ts';
import type { Rows } from './domain/rows.ts';
import type { IncomingMessage, Settled } from './intake.ts';
import type { Opened, Refusal } from './opened.ts';
import { heldOf, WriteSet } from './write-set.ts';

/** A message on its way through a commit. */
export interface Work {
  readonly message: IncomingMessage;
  readonly opened: Opened;
}

/** A journal as the database gave it when it was locked. */
export interface OpenJournal {
  readonly no: string;
  readonly gateway: KnownGateway;
  state: JournalState;
  readonly places: ChainPlaces;
  changed: boolean;
}

export interface PlannedBatch {
  readonly id: string;
  readonly gateway: string;
  readonly receivedAt: number;
  readonly batch: Batch | undefined;
  readonly proof: Buffer | null;
}

export interface PlannedEvent {
  readonly organisation: string;
  readonly topic: string;
  readonly payload: object;
}

type Faults = Extract<Opened, { is: 'batch' }>['faults'];
type Restart = Extract<JournalRecord, { kind: 'restart' }>;

export interface PlanInput {
  readonly now: number;
  readonly heldAfter: number;
  /** By `journalKey`. */
  readonly journals: ReadonlyMap<string, OpenJournal>;
  /** Ids for batches, as many as may be needed. */
  readonly ids: readonly string[];
  readonly points: ReadonlyMap<string, KnownPoint>;
  readonly registers: ReadonlyMap<string, number>;
  readonly states: ReadonlyMap<string, GatewayState>;
  /** How many readings may still be held, of each gateway that has some to hold. */
  readonly room: ReadonlyMap<string, number>;
}

export const journalKey = (gateway: string, journal: JournalId): string => `${gateway}/${journal}`;

/** What one commit writes, decided message by message in the order of their turns. Pure: asks nothing, writes nothing. */
export class CommitPlan {
  readonly set = new WriteSet();
  readonly batches: PlannedBatch[] = [];
  readonly gaps: { journal: OpenJournal; number: number; digest: string; previous: string | null }[] = [];
  readonly restarts: { journal: OpenJournal; record: Restart }[] = [];
  readonly letters: { message: IncomingMessage; refusal: Refusal; organisation: string | undefined }[] = [];
  readonly states = new Map<string, GatewayState>();
  readonly results: { gateway: string; command: Command['id']; result: object }[] = [];
  readonly events: PlannedEvent[] = [];
  readonly outcomes: Settled[] = [];
  readonly #input: PlanInput;
  readonly #simple = new Map<string, string>();
  readonly #room: Map<string, number>;
  #nextId = 0;

  constructor(input: PlanInput) {
    this.#input = input;
    this.#room = new Map(input.room);
  }

  get journals(): readonly OpenJournal[] {
    return [...this.#input.journals.values()].filter(({ changed }) => changed);
  }

  add(work: Work): void {
    this.outcomes.push(this.#judge(work));
  }

  #judge({ message, opened }: Work): Settled {
    switch (opened.is) {
      case 'refused':
        return this.#refuse(message, opened, undefined);
      case 'batch':
        return this.#judgeBatch(message, opened);
      case 'simple':
        return this.#takeSimple(message, opened);
      case 'report':
        return this.#takeReport(message, opened);
    }
  }

  #refuse(message: IncomingMessage, refusal: Refusal, gateway: KnownGateway | undefined): Settled {
    this.letters.push({ message, refusal, organisation: gateway?.organisation });
    return { kind: 'refused', reason: refusal.reason };
  }

  #judgeBatch(message: IncomingMessage, opened: Extract<Opened, { is: 'batch' }>): Settled {
    const { batch, gateway, rows } = opened;
    const journal = this.#input.journals.get(journalKey(gateway.id, batch.head.journal));
    if (!journal) throw new TypeError('a batch needs its journal to be open');
    const verdict = verdictOn(journal, batch);
    if (verdict.kind === 'repeat') return { kind: 'repeat' };
    if (verdict.kind === 'refused') return this.#refuse(message, verdict, gateway);
    const isForeign = rows?.bounded && rows.points.some((id) => !this.#owns(gateway, id));
    // Without a time it could not be held and released: it waits as a letter instead.
    if (isForeign)
      return this.#refuse(
        message,
        { reason: 'inconsistent', detail: 'names a point of another gateway' },
        gateway,
      );
    if (rows && !this.#takeRoom(gateway, [rows], opened.faults))
      return this.#refuse(message, NO_ROOM, gateway);
    journal.state = verdict.state;
    journal.changed = true;
    journal.places.set(batch.head.batch, { digest: batch.digest, previous: batch.head.previous });
    const id = this.#takeId();
    this.batches.push({
      id,
      gateway: gateway.id,
      receivedAt: message.receivedAt,
      batch,
      proof: opened.proof,
    });
    if (rows) this.set.add(rows, this.#rowsContext(id, gateway, opened.faults));
    if (batch.type === 'records')
      for (const record of batch.records) this.#takeRecord(journal, batch.head.journal, record);
    return { kind: 'stored' };
  }

  /** All of a message or nothing: what is stored of it is stored for good, and the gateway still has the rest. */
  #takeRoom(sender: KnownGateway, list: readonly Rows[], faults: Faults): boolean {
    const room = this.#room.get(sender.id);
    if (room === undefined) return true;
    const { points, heldAfter } = this.#input;
    const wanted = list.reduce((sum, rows) => sum + heldOf(rows, { points, sender, faults, heldAfter }), 0);
    if (wanted > room) return false;
    this.#room.set(sender.id, room - wanted);
    return true;
  }

  #owns(gateway: KnownGateway, id: PointId): boolean {
    const point = this.#input.points.get(id);
    return point !== undefined && maySpeakFor(point, gateway);
  }

  #takeRecord(journal: OpenJournal, id: JournalId, record: JournalRecord): void {
    if (record.kind === 'restart') this.restarts.push({ journal, record });
    if (record.kind !== 'dropped') return;
    const outcome = applyDropped(journal.state, journal.places, record);
    journal.state = outcome.state;
    for (const { number, place } of outcome.named) {
      journal.places.set(number, place);
      this.gaps.push({ journal, number, digest: place.digest, previous: place.previous });
    }
    if (outcome.contradicted.length > 0)
      this.#alarm(journal, id, 'drops what is stored', outcome.contradicted);
    if (outcome.misnamed.length > 0)
      this.#alarm(
        journal,
        id,
        'names batches by another digest',
        outcome.misnamed.map((n) => [n, n]),
      );
  }

  #alarm({ gateway }: OpenJournal, journal: JournalId, what: string, ranges: Ranges): void {
    this.events.push({
      organisation: gateway.organisation,
      topic: 'gateway.contradicted',
      payload: { gateway: gateway.id, journal, what, ranges: ranges.slice(0, 20) },
    });
  }

  #takeSimple(message: IncomingMessage, { gateway, rows }: Extract<Opened, { is: 'simple' }>): Settled {
    if (!this.#takeRoom(gateway, rows, new Map())) return this.#refuse(message, NO_ROOM, gateway);
    // One delivery for all that a device sent within this commit: a row a reading would double the writing.
    const id = this.#simple.get(gateway.id) ?? this.#takeId();
    if (!this.#simple.has(gateway.id)) {
      this.#simple.set(gateway.id, id);
      const { receivedAt } = message;
      this.batches.push({ id, gateway: gateway.id, receivedAt, batch: undefined, proof: null });
    }
    for (const one of rows) this.set.add(one, this.#rowsContext(id, gateway, new Map()));
    return { kind: 'stored' };
  }

  #takeReport({ receivedAt }: IncomingMessage, opened: Extract<Opened, { is: 'report' }>): Settled {
    const { gateway, message } = opened;
    if (message.kind === 'result') {
      const { value } = message;
      this.results.push({ gateway: gateway.id, command: value.command, result: value });
      return { kind: 'stored' };
    }
    const state = this.states.get(gateway.id) ?? this.#input.states.get(gateway.id) ?? { connected: false };
    const next =
      message.kind === 'status'
        ? withStatus(state, message.value as Status, receivedAt)
        : withConfigReport(state, message.value, receivedAt);
    if (!next) return { kind: 'repeat' };
    this.states.set(gateway.id, next);
    return { kind: 'stored' };
  }

  #rowsContext(batch: string, sender: KnownGateway, faults: Faults) {
    const { points, registers, heldAfter } = this.#input;
    return { batch, organisation: sender.organisation, sender, points, registers, faults, heldAfter };
  }

  #takeId(): string {
    const id = this.#input.ids[this.#nextId];
    if (id === undefined) throw new TypeError('there are not as many ids as batches');
    this.#nextId += 1;
    return id;
  }
}

const NO_ROOM: Refusal = {
  reason: 'too-many-held',
  detail: 'as many readings of the gateway wait as may; see what they wait for: meterline ingest held',
};

function verdictOn({ state, places }: OpenJournal, batch: Batch): Verdict {
  const verdict = judgeBatch(state, places, batch.head, batch.digest);
  if (verdict.kind !== 'accepted' || batch.type !== 'records') return verdict;
  return judgeDropped(verdict.state, batch.records) ?? verdict;
}

/** A journal as columns of an update. */
export function journalColumns({ no, state }: OpenJournal) {
  const { stored, dropped } = state;
  return { no, stored: toMultirange(stored), dropped: toMultirange(dropped), missing: missingCount(state) };
}
