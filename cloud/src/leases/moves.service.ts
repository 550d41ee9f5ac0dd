import type { Temporal } from 'temporal-polyfill';
import { isUuid } from '../kernel/ids.ts';
import type { MoveKind } from './domain/lease.ts';
import { explainRefusal, type Moved, moved, type Stay } from './domain/moves.ts';
import { HandoverReadings, type ReadingGiven } from './handover-readings.ts';
import { type HandoversStore, handoversStore } from './handovers.store.ts';
import {
  authorOf,
  change,
  HANDOVER_WRITTEN,
  type LeaseTopic,
  type LeaseTx,
  look,
  tell,
} from './lease-change.ts';
import { leasesError } from './leases.errors.ts';
import { addLease, demandLease, type LeaseToAdd, setStays } from './leases.service.ts';
import { leasesStore } from './leases.store.ts';
import type { Acting, FullLease, Handover, HandoverReading, LeasesParts, Protocol } from './leases.types.ts';
import { idOf, lineOf, reasonOf } from './text-rules.ts';

export interface MoveGiven {
  /** Of the caller: the same id is the same move, however often it is sent. */
  readonly id?: string | undefined;
  readonly at: Temporal.Instant;
  readonly place?: string | undefined;
  readonly readings: readonly ReadingGiven[];
  readonly protocol?: Protocol | undefined;
}

export interface MoveDone {
  readonly lease: FullLease;
  readonly handover: Handover;
}

const TOPICS: Readonly<Record<MoveKind, LeaseTopic>> = {
  'move-in': 'lease.started',
  'room-change': 'lease.room_changed',
  'move-out': 'lease.ended',
};

/** Moves: the lease, its rooms and the protocol in one transaction; readings are checked before, and follow for certain. */
export class MovesService {
  readonly #parts: LeasesParts;
  readonly #readings: HandoverReadings;

  constructor(parts: LeasesParts) {
    this.#parts = parts;
    this.#readings = new HandoverReadings(parts);
  }

  /** Of a lease that was agreed before. */
  move(by: Acting, lease: string, kind: MoveKind, given: MoveGiven): Promise<MoveDone> {
    return this.#move(by, kind, given, (tx) => demandLease(tx.bind(leasesStore), lease, 'lock'), lease);
  }

  /** Lease, people, room and readings in one step. */
  moveInto(by: Acting, terms: LeaseToAdd, given: MoveGiven): Promise<MoveDone> {
    const place = given.place ?? terms.place;
    return this.#move(
      by,
      'move-in',
      { ...given, ...(place !== undefined && { place }) },
      (tx) => addLease(this.#parts, tx, { ...terms, place: undefined }),
      terms.id,
    );
  }

  handovers(by: Acting, lease: string): Promise<readonly Handover[]> {
    return look(this.#parts, by, async (tx) => {
      await demandLease(tx.bind(leasesStore), lease);
      return tx.bind(handoversStore).ofLease(lease);
    });
  }

  /** The lease is as it was before its newest move. What was read stays: it was read. */
  async undo(by: Acting, id: string, reason: string): Promise<MoveDone> {
    const because = reasonOf(reason);
    return change(this.#parts, by, async (tx) => {
      const handovers = tx.bind(handoversStore);
      const store = tx.bind(leasesStore);
      const found = await demandHandover(handovers, id);
      const lease = await demandLease(store, found.lease, 'lock');
      const newest = (await handovers.ofLease(lease.id)).findLast(({ undoneAt }) => undoneAt === null);
      if (newest?.id !== id) throw leasesError('handover_not_undone');
      const before = (await handovers.before(id)) as Before;
      await setStays(this.#parts, store, lease.id, before.stays);
      await store.save({ ...lease, state: before.state, endDay: before.endDay });
      await handovers.undo(id, this.#parts.clock.now(), authorOf(by), because);
      const payload = { handover: id, kind: found.kind };
      await tell(tx, {
        ...{ action: 'lease.move_undone', subject: { type: 'lease', id: lease.id }, payload },
        reason: because,
      });
      return { lease: await demandLease(store, lease.id), handover: await demandHandover(handovers, id) };
    });
  }

  async #move(
    by: Acting,
    kind: MoveKind,
    given: MoveGiven,
    leaseOf: (tx: LeaseTx) => Promise<FullLease>,
    lease: string | undefined,
  ): Promise<MoveDone> {
    const id = given.id === undefined ? this.#parts.ids.next() : idOf(given.id, 'handover_not_found');
    const repeated = await this.#done(by, id);
    if (repeated) demandSame(repeated.handover, { kind, given, lease });
    else {
      // Twice, since a reading that cannot be taken must leave no trace of a move: first tried, then done.
      const tried = await this.#within(
        by,
        (tx) => this.#write(tx, by, { id, kind, given, readings: [] }, leaseOf),
        'try',
      );
      const readings = await this.#readings.checked(by, tried.places, given);
      await this.#within(by, (tx) => this.#write(tx, by, { id, kind, given, readings }, leaseOf), 'do');
    }
    // Should this process end here, the event does it.
    await this.#readings.settle(by, id);
    const done = await this.#done(by, id);
    if (!done) throw leasesError('handover_not_found');
    return done;
  }

  async #write(
    tx: LeaseTx,
    by: Acting,
    { id, kind, given, readings }: Writing,
    leaseOf: (tx: LeaseTx) => Promise<FullLease>,
  ) {
    const store = tx.bind(leasesStore);
    const lease = await leaseOf(tx);
    const { place } = given;
    if (place !== undefined) await store.demandRoom(lease.building, idOf(place, 'lease_room_not_found'));
    const next = this.#plan(lease, kind, given);
    const photos = given.protocol?.photos ?? [];
    await tx.bind(handoversStore).demandPhotos(photos.map((photo) => idOf(photo, 'lease_invalid')));
    await setStays(this.#parts, store, lease.id, next.tenancy.stays);
    await store.save({ ...lease, state: next.tenancy.state, endDay: next.tenancy.endDay });
    const { fromPlace, toPlace } = next;
    const before: Before = { state: lease.state, endDay: lease.endDay, stays: lease.stays.map(stayOf) };
    const handover = {
      ...{ id, lease: lease.id, kind, at: given.at, fromPlace, toPlace, author: authorOf(by) },
      ...{ protocol: protocolOf(given.protocol), createdAt: this.#parts.clock.now() },
    };
    await tx.bind(handoversStore).add(handover, before, readings);
    const payload = { handover: id, at: given.at.toString(), from: fromPlace, to: toPlace };
    const fields = ['state', 'room', ...(readings.length > 0 ? ['readings'] : [])];
    await tell(tx, { action: TOPICS[kind], subject: { type: 'lease', id: lease.id }, fields, payload });
    if (readings.some(({ state }) => state === 'pending'))
      await tx.outbox.add({ topic: HANDOVER_WRITTEN, key: id, payload: { handover: id } });
    return { places: { closing: fromPlace, opening: toPlace } };
  }

  #plan(lease: FullLease, kind: MoveKind, { at, place }: MoveGiven): Moved {
    const move = { kind, at: at.epochMilliseconds, place };
    const next = moved(lease, move, this.#parts.clock.now().epochMilliseconds);
    if (next.ok) return next.value;
    throw leasesError('lease_move_refused', {
      message: explainRefusal(next.error, kind, lease),
      details: { reason: next.error },
    });
  }

  /** Trying runs to the end and takes everything back: what the database would refuse is known before readings are. */
  async #within<T>(by: Acting, work: (tx: LeaseTx) => Promise<T>, how: 'try' | 'do'): Promise<T> {
    let result: { readonly value: T } | undefined;
    try {
      return await change(this.#parts, by, async (tx) => {
        const value = await work(tx);
        if (how === 'do') return value;
        result = { value };
        throw TAKEN_BACK;
      });
    } catch (error) {
      if (error === TAKEN_BACK && result) return result.value;
      throw error;
    }
  }

  #done(by: Acting, id: string): Promise<MoveDone | undefined> {
    return look(this.#parts, by, async (tx) => {
      const handover = await tx.bind(handoversStore).find(id);
      if (!handover) return undefined;
      return { handover, lease: await demandLease(tx.bind(leasesStore), handover.lease) };
    });
  }
}

/** An id that comes again is the same move, or a mistake of whoever made it up. */
function demandSame(
  { kind, at, lease, toPlace }: Handover,
  asked: { readonly kind: MoveKind; readonly given: MoveGiven; readonly lease: string | undefined },
): void {
  const { given } = asked;
  const same =
    kind === asked.kind &&
    at.equals(given.at) &&
    (asked.lease === undefined || asked.lease === lease) &&
    (given.place === undefined || given.place === toPlace);
  if (!same) throw leasesError('handover_id_taken');
}

const TAKEN_BACK = new Error('tried, and taken back');

interface Writing {
  readonly id: string;
  readonly kind: MoveKind;
  readonly given: MoveGiven;
  readonly readings: readonly HandoverReading[];
}

/** What the lease was, as the handover keeps it. */
interface Before extends Pick<FullLease, 'state' | 'endDay'> {
  readonly stays: readonly Stay[];
}

const stayOf = ({ place, from, to }: Stay): Stay => ({ place, from, to });

function protocolOf({ notes, keys, photos }: Protocol = {}): Protocol {
  return {
    ...(notes !== undefined &&
      notes.trim() !== '' && { notes: lineOf(notes.replaceAll(/\s+/g, ' '), 'the notes', 4_000) }),
    ...(keys !== undefined && keys.trim() !== '' && { keys: lineOf(keys, 'the keys', 200) }),
    ...(photos && { photos: photos.map((photo) => idOf(photo, 'lease_invalid')) }),
  };
}

async function demandHandover(store: HandoversStore, id: string): Promise<Handover> {
  const found = isUuid(id) ? await store.find(id) : undefined;
  if (!found) throw leasesError('handover_not_found');
  return found;
}
