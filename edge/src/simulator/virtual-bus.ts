import { rtuFrame } from '../wire/rtu.ts';
import {
  type Answer,
  bitsPdu,
  exceptionPdu,
  readRequestPdu,
  SILENCE,
  wordsPdu,
  writtenPdu,
} from '../wire/server/index.ts';
import {
  collided,
  isByRequests,
  isOpen,
  noisy,
  shortened,
  strikes,
  type Watched,
  watch,
  wrongCrc,
} from './answer-faults.ts';
import type { Building } from './building.ts';
import { DAY_MS, durationOf } from './calendar.ts';
import { keyOf, mixed } from './chance.ts';
import type { BusConfig } from './config.schema.ts';
import { type AnswerFault, type BusCut, isCounting } from './fault.schema.ts';
import type { Move } from './switches.ts';
import type { VirtualMeter } from './virtual-meter.ts';
import { strangeEffect, type WriteEffect, writeEffect } from './writes.ts';

/** What happens on the bus that somebody outside should know. */
export interface BusWatcher {
  readonly moved: (meter: VirtualMeter, move: Move, ms: number) => void;
  readonly harmed: (meter: VirtualMeter, effect: 'erased' | 'lost', why: string, ms: number) => void;
  readonly fault: (meter: VirtualMeter, watched: Watched, what: 'begins' | 'ends', ms: number) => void;
}

interface Slave {
  readonly meter: VirtualMeter;
  readonly faults: readonly Watched[];
  requests: number;
}

export interface Cut {
  readonly fault: BusCut;
  readonly from: number;
  readonly to: number;
}

/** The meters of one bus, as they answer: right, wrong, late or not at all. */
export class VirtualBus {
  readonly config: BusConfig;
  readonly cuts: readonly Cut[];
  readonly #slaves = new Map<number, Slave>();
  readonly #building: Building;
  readonly #now: () => number;
  readonly #watcher: BusWatcher;

  constructor(building: Building, config: BusConfig, now: () => number, watcher: BusWatcher) {
    this.config = config;
    this.#building = building;
    this.#now = now;
    this.#watcher = watcher;
    const { faults, seed } = building.config;
    this.cuts = faults.flatMap((fault): Cut[] => {
      if (fault.kind !== 'cut' || fault.bus !== config.id) return [];
      const from = building.momentOf(fault) ?? building.startedAt;
      return [
        {
          fault,
          from,
          to: fault.for === undefined ? Number.POSITIVE_INFINITY : from + durationOf(fault.for),
        },
      ];
    });
    for (const { id, unit } of config.meters) {
      const own = faults.flatMap((fault, i): Watched[] =>
        isAnswerFault(fault) && fault.meter === id
          ? [watch(fault, mixed(seed, keyOf(id), i), building.momentOf(fault) ?? building.startedAt)]
          : [],
      );
      this.#slaves.set(unit, { meter: building.meter(id), faults: own, requests: 0 });
    }
  }

  isCut(ms: number): boolean {
    return this.cuts.some(({ from, to }) => from <= ms && ms < to);
  }

  get faults(): readonly {
    readonly meter: VirtualMeter;
    readonly watched: Watched;
    readonly isOpen: boolean;
  }[] {
    const ms = this.#now();
    return [...this.#slaves.values()].flatMap(({ meter, faults, requests }) =>
      faults.map((watched) => ({ meter, watched, isOpen: isOpen(watched, ms, Math.max(1, requests)) })),
    );
  }

  readonly answer = (unit: number, pdu: Uint8Array, transaction: number | null): Answer => {
    const ms = this.#now();
    if (this.isCut(ms)) return SILENCE;
    if (unit === 0) {
      // A broadcast is obeyed by all and answered by none.
      for (const slave of this.#slaves.values()) {
        if (!slave.meter.isLost) this.#reply(slave, pdu, ms, []);
      }
      return SILENCE;
    }
    const slave = this.#slaves.get(unit);
    if (!slave || slave.meter.isLost) return SILENCE;
    slave.requests += 1;
    const { requests } = slave;
    const struck = slave.faults.filter((watched) => this.#strikes(slave, watched, ms, requests));
    if (struck.some(({ fault }) => fault.kind === 'dead')) return SILENCE;
    const answer = this.#reply(slave, pdu, ms, struck);
    return this.#deliver(slave, unit, answer, pdu, ms, struck, transaction);
  };

  #strikes(slave: Slave, watched: Watched, ms: number, request: number): boolean {
    if (!isOpen(watched, ms, request)) {
      if (watched.met !== undefined && !watched.ended && isByRequests(watched)) {
        watched.ended = true;
        this.#watcher.fault(slave.meter, watched, 'ends', ms);
      }
      return false;
    }
    if (watched.met === undefined) {
      watched.met = ms;
      if (isByRequests(watched)) this.#watcher.fault(slave.meter, watched, 'begins', ms);
    }
    return strikes(watched, ms, request);
  }

  #reply(slave: Slave, pdu: Uint8Array, ms: number, struck: readonly Watched[]): Uint8Array {
    const { meter } = slave;
    const code = pdu[0] ?? 0;
    const request = readRequestPdu(meter.parts.unit, pdu);
    if (request === null) {
      if (STANDARD.has(code)) return exceptionPdu(code, code > 4 || meter.map.has(code as 3) ? 3 : 1);
      return this.#obey(slave, pdu, strangeEffect(meter, code), ms);
    }
    if (request.function === 43) return exceptionPdu(code, 1);
    if (
      request.function === 5 ||
      request.function === 6 ||
      request.function === 15 ||
      request.function === 16
    ) {
      return this.#obey(slave, pdu, writeEffect(meter, request, ms), ms);
    }
    if (!meter.map.has(request.function)) return exceptionPdu(code, 1);
    const { address, count } = request;
    const refusal = isIllegal(struck, address, count)
      ? 2
      : meter.map.refusal(request.function, address, count);
    if (refusal !== null) return exceptionPdu(code, refusal);
    const stale = struck.find(({ fault }) => fault.kind === 'stale');
    const isZero = struck.some(({ fault }) => fault.kind === 'zero');
    const words = meter.words(request.function, address, count, staleSince(stale, ms), isZero);
    return request.function === 1 || request.function === 2
      ? bitsPdu(request.function, words.map(Boolean))
      : wordsPdu(request.function, words);
  }

  #obey(slave: Slave, pdu: Uint8Array, effect: WriteEffect, ms: number): Uint8Array {
    const { meter } = slave;
    switch (effect.kind) {
      case 'refused':
        return exceptionPdu(pdu[0] ?? 0, effect.exception);
      case 'moved':
        this.#building.switch(meter, effect.move);
        this.#watcher.moved(meter, effect.move, ms);
        return writtenPdu(pdu);
      case 'erased':
        this.#watcher.harmed(meter, 'erased', effect.why, ms);
        meter.erase(ms);
        return writtenPdu(pdu);
      case 'lost':
        meter.isLost = true;
        this.#watcher.harmed(meter, 'lost', effect.why, ms);
        return writtenPdu(pdu);
    }
  }

  #deliver(
    { meter, requests }: Slave,
    unit: number,
    pdu: Uint8Array,
    request: Uint8Array,
    ms: number,
    struck: readonly Watched[],
    transaction: number | null,
  ): Answer {
    const delayMs = delayOf(struck) ?? meter.parts.turnaroundMs ?? this.config.turnaroundMs;
    let frame = rtuFrame(unit, pdu);
    let isDamaged = false;
    for (const { fault, key } of struck) {
      const damaged = this.#damaged(frame, fault, mixed(key, requests), meter, request, ms);
      if (damaged === frame) continue;
      frame = damaged;
      isDamaged = true;
    }
    if (!isDamaged) return { kind: 'reply', pdu, delayMs };
    // A gateway to a line passes on no frame that it cannot understand.
    return transaction === null ? { kind: 'raw', bytes: frame, delayMs } : SILENCE;
  }

  #damaged(
    frame: Uint8Array,
    fault: AnswerFault,
    key: number,
    meter: VirtualMeter,
    request: Uint8Array,
    ms: number,
  ): Uint8Array {
    switch (fault.kind) {
      case 'noise':
        return noisy(frame, key);
      case 'lost-bytes':
        return shortened(frame, key);
      case 'crc':
        return wrongCrc(frame, key);
      case 'duplicate':
        return collided(frame, twinFrame(meter, request, ms), fault.behind);
      default:
        return frame;
    }
  }
}

/** Known functions whose request makes no sense: too many registers, a byte count that is wrong. */
const STANDARD = new Set([1, 2, 3, 4, 5, 6, 15, 16]);

function isAnswerFault(fault: Building['config']['faults'][number]): fault is AnswerFault {
  return !isCounting(fault) && fault.kind !== 'cut';
}

function isIllegal(struck: readonly Watched[], address: number, count: number): boolean {
  return struck.some(
    ({ fault }) =>
      fault.kind === 'illegal' &&
      (fault.address === undefined ||
        (fault.address < address + count && address < fault.address + fault.count)),
  );
}

const staleSince = (stale: Watched | undefined, ms: number): number =>
  stale === undefined ? ms : isByRequests(stale) ? (stale.met ?? ms) : stale.from;

function delayOf(struck: readonly Watched[]): number | undefined {
  const delays = struck.flatMap(({ fault }) =>
    fault.kind === 'slow' || fault.kind === 'late' ? [fault.delayMs] : [],
  );
  return delays.length > 0 ? Math.max(...delays) : undefined;
}

/** Another meter of the same model and unit number, which has counted less. */
function twinFrame(meter: VirtualMeter, request: Uint8Array, ms: number): Uint8Array {
  const { unit } = meter.parts;
  const read = readRequestPdu(unit, request);
  if (read?.function !== 3 && read?.function !== 4) return rtuFrame(unit, writtenPdu(request));
  const { address, count } = read;
  const refusal = meter.map.refusal(read.function, address, count);
  if (refusal !== null) return rtuFrame(unit, exceptionPdu(read.function, refusal));
  return rtuFrame(unit, wordsPdu(read.function, meter.words(read.function, address, count, ms - DAY_MS)));
}
