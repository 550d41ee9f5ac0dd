import { Alarm } from './alarm.ts';
import type { BusOptions, Entry, RequestOptions } from './bus-options.ts';
import type { Conversation, Verdict } from './conversation.ts';
import { type Exchange, exceptionName, type Failed, type Fault } from './fault.ts';
import { attend, type Flight, REASONS, watch } from './flight.ts';
import { Lanes } from './lanes.ts';
import type { Link } from './link.ts';
import { MbapConversation } from './mbap-conversation.ts';
import { type Moment, microseconds, momentOf, type WireClock } from './moment.ts';
import { type ReplyTo, replyPduLength } from './reply.ts';
import { checkRequest, type Request } from './request.ts';
import { rtuReplyBytes } from './rtu.ts';
import { RtuConversation } from './rtu-conversation.ts';
import { BusCounters, type BusStatistics } from './statistics.ts';

const LATE_REPLY_MS = 1000;
const AGING_MS = 2000;
const MAX_QUEUED = 1000;
/** Adapters hand on bytes in pieces up to this far apart: only a longer silence says that a bad frame is over. */
const DRAIN_QUIET_US = 20_000;
/** A line that is never silent for this long is not waited for any longer. */
const NOISE_US = 1_000_000;
const OUT_OF_STEP = 'what came is not Modbus TCP';
/** Where characters arrive as they come, a silent meter is known by this long after its time. */
const FIRST_BYTE_SLACK_US = 20_000;

/** One RS-485 line or connection: one exchange at a time, and no reply taken for another's. */
export class Bus {
  readonly #link: Link;
  readonly #clock: WireClock;
  readonly #talk: Conversation;
  readonly #lanes: Lanes<Entry>;
  readonly #alarm: Alarm;
  readonly #count: BusCounters;
  readonly #maxQueued: number;
  /** The last moment of speech from either side. */
  #lastUs = 0;
  /** The end of the last exchange: bytes since then are nobody's. */
  #endUs = 0;
  readonly #lastOfUnit = new Map<number, number>();
  readonly #hearing = new Set<number>();
  #flight: Flight<Entry> | null = null;
  #wasUp = false;
  #stopped = false;
  #running: Promise<void> | null = null;

  constructor(link: Link, clock: WireClock, options: BusOptions = {}) {
    const now = microseconds(clock);
    const lateReplyUs = (options.lateReplyMs ?? LATE_REPLY_MS) * 1000;
    this.#link = link;
    this.#clock = clock;
    this.#talk =
      link.framing === 'mbap'
        ? new MbapConversation()
        : new RtuConversation({
            lateReplyUs,
            listenUntilUs: (options.listenFirst ?? true) ? now + lateReplyUs : 0,
            fence: options.fence ?? 'unit',
          });
    this.#lanes = new Lanes((options.agingMs ?? AGING_MS) * 1000);
    this.#maxQueued = options.maxQueued ?? MAX_QUEUED;
    this.#alarm = new Alarm(clock);
    this.#count = new BusCounters(now);
  }

  get name(): string {
    return this.#link.name;
  }

  start(): void {
    if (this.#running) return;
    this.#link.start({
      bytes: (chunk) => this.#received(chunk),
      changed: () => this.#linkChanged(),
    });
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#abandonFlight('the bus was stopped');
    this.#alarm.ring();
    await this.#running;
    for (const entry of this.#lanes.drain()) this.#refuse(entry, 'port', 'the bus was stopped');
    await this.#link.stop();
  }

  statistics(): BusStatistics {
    return this.#count.snapshot(microseconds(this.#clock), this.#talk.late, this.#lanes.size);
  }

  /** Never rejects for what happens on the wire; throws for a request that no meter could be asked. */
  request<R extends Request>(request: R, options: RequestOptions): Promise<Exchange<ReplyTo<R>>> {
    checkRequest(request, this.#link.framing);
    return new Promise((resolve) => {
      const sinceUs = microseconds(this.#clock);
      const abort = () => this.#cancel(entry);
      let settled = false;
      const entry: Entry = {
        request,
        options,
        lane: options.lane,
        sinceUs,
        untilUs: sinceUs + (options.expiresInMs ?? Number.POSITIVE_INFINITY) * 1000,
        waitingUs: 0,
        settle: (result) => {
          if (settled) return;
          settled = true;
          options.signal?.removeEventListener('abort', abort);
          if (!result.ok) this.#count.fault(result.fault);
          // The body was read from the request's own reply, so it is of the kind that the request asks for.
          resolve(result as Exchange<ReplyTo<R>>);
        },
      };
      if (options.signal?.aborted) return this.#refuse(entry, 'cancelled', 'cancelled before it was queued');
      if (this.#stopped) return this.#refuse(entry, 'port', 'the bus was stopped');
      if (this.#lanes.size >= this.#maxQueued) {
        return this.#refuse(entry, 'full', `${this.#maxQueued} requests are waiting already`);
      }
      options.signal?.addEventListener('abort', abort, { once: true });
      this.#lanes.add(entry);
      this.#alarm.ring();
    });
  }

  #cancel(entry: Entry): void {
    const sentAt = this.#flight?.entry === entry ? this.#flight.sentAt : null;
    this.#lanes.remove(entry);
    const reason = sentAt ? 'cancelled while on the wire' : 'cancelled while waiting';
    entry.settle(this.#failed('cancelled', reason, { evidence: new Uint8Array(0), sentAt }));
    this.#alarm.ring();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const entry = await this.#next();
      if (entry) await this.#exchange(entry);
    }
  }

  /** Waits for a request whose turn it is, and for the silence that it needs. Null: look again. */
  async #next(): Promise<Entry | null> {
    const now = microseconds(this.#clock);
    for (const entry of this.#lanes.expired(now)) {
      this.#refuse(entry, 'deadline', 'its time was over before the line was free');
    }
    const { state } = this.#link;
    if (state.kind === 'down' && this.#lanes.size > 0) {
      for (const entry of this.#lanes.drain()) this.#refuse(entry, 'port', state.reason);
      // Whoever asks again at once must not keep the port from being opened.
      await new Promise((resolve) => setImmediate(resolve));
      return null;
    }
    const expiryUs = this.#lanes.nextExpiryUs();
    if (state.kind !== 'up') return this.#sleep(expiryUs, false);
    const pick = this.#lanes.next(now, (entry) => this.#allowedAtUs(entry, now));
    if (pick.kind === 'empty') return this.#sleep(expiryUs, false);
    if (pick.kind === 'later') return this.#sleep(Math.min(pick.atUs, expiryUs), true);
    return this.#awaitSilence(pick.entry, now);
  }

  async #awaitSilence(entry: Entry, now: number): Promise<Entry | null> {
    const own = entry.options.gap?.scope === 'bus' ? entry.options.gap.minMs * 1000 : 0;
    const gapUs = Math.max(this.#link.t35Us, own);
    const silentAtUs = this.#lastUs + gapUs;
    if (now >= silentAtUs) {
      this.#lanes.remove(entry);
      return entry;
    }
    entry.waitingUs ||= now;
    if (now - Math.max(entry.waitingUs, this.#endUs) > NOISE_US + gapUs) {
      this.#lanes.remove(entry);
      this.#refuse(entry, 'noise', 'the line is never silent: check termination, bias and other masters');
      return null;
    }
    return this.#sleep(silentAtUs, true);
  }

  async #sleep(untilUs: number, precise: boolean): Promise<null> {
    await this.#alarm.until(untilUs, precise);
    return null;
  }

  #allowedAtUs({ request, options }: Entry, now: number): number {
    const fence = this.#talk.fencedUntilUs(request.unit);
    if (fence <= now && this.#talk.unheard(request.unit)) {
      void this.#hear(request.unit, now);
      return Number.POSITIVE_INFINITY;
    }
    if (options.gap?.scope !== 'unit') return fence;
    const last = this.#lastOfUnit.get(request.unit);
    return last === undefined ? fence : Math.max(fence, last + options.gap.minMs * 1000);
  }

  /** Makes sure, beside the traffic with others, that no old reply of this unit lies unread. */
  async #hear(unit: number, sinceUs: number): Promise<void> {
    if (this.#hearing.has(unit)) return;
    this.#hearing.add(unit);
    await attend(this.#clock, () => this.#stopped);
    this.#hearing.delete(unit);
    this.#talk.heard(unit, sinceUs);
    this.#alarm.ring();
  }

  async #exchange(entry: Entry): Promise<void> {
    const bytes = this.#talk.begin(entry.request);
    const start = momentOf(this.#clock);
    const startUs = Number(start.ns / 1000n);
    const wireUs = bytes.length * this.#link.characterUs;
    const sentUs = startUs + wireUs;
    const replyUs = this.#replyBytes(entry.request) * this.#link.characterUs;
    this.#count.requests++;
    this.#count.bytesOut += bytes.length;
    this.#count.waited(startUs - entry.sinceUs);
    let finish = () => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const timeoutUs = entry.options.timeoutMs * 1000;
    const deadlineUs = sentUs + timeoutUs + replyUs;
    const flight: Flight<Entry> = {
      entry,
      sentAt: { ns: start.ns + BigInt(Math.round(wireUs * 1000)), wallMs: start.wallMs + wireUs / 1000 },
      sentUs,
      timeoutUs,
      deadlineUs,
      firstByteUs: this.#link.streams
        ? Math.min(deadlineUs, sentUs + timeoutUs + FIRST_BYTE_SLACK_US)
        : deadlineUs,
      firstByteAt: null,
      bad: false,
      done: finish,
    };
    this.#flight = flight;
    this.#lastUs = sentUs;
    this.#link.send(bytes);
    const stopWatching = watch(flight, this.#clock);
    await finished;
    stopWatching();
    if (flight.bad) await this.#drain(flight);
    if (this.#flight === flight) this.#fail(flight);
    const endUs = microseconds(this.#clock);
    this.#endUs = endUs;
    this.#lastOfUnit.set(entry.request.unit, Math.max(this.#lastUs, sentUs));
    // The silence that must follow, as far as waiting has not been it already.
    this.#count.busyUs += endUs - startUs + Math.max(0, this.#lastUs + this.#link.t35Us - endUs);
  }

  #received(chunk: Uint8Array): void {
    const at = momentOf(this.#clock);
    const now = Number(at.ns / 1000n);
    this.#count.bytesIn += chunk.length;
    this.#lastUs = Math.max(this.#lastUs, now);
    const flight = this.#flight;
    if (!flight) {
      if (!this.#talk.stray(chunk, now)) this.#link.reset(OUT_OF_STEP);
      // A debt may have been paid, and the silence begins anew.
      this.#alarm.ring();
      return;
    }
    flight.firstByteAt ??= at;
    const verdict = this.#talk.feed(chunk, now);
    if (verdict.kind === 'more' || flight.bad) return;
    if (verdict.kind === 'bad') {
      flight.bad = true;
      if (verdict.lost) {
        this.#fail(flight);
        this.#link.reset(OUT_OF_STEP);
      }
      flight.done();
      return;
    }
    this.#flight = null;
    this.#count.replies++;
    this.#link.served();
    this.#settle(flight, { firstByteAt: flight.firstByteAt, doneAt: at }, verdict);
    flight.done();
  }

  #settle(
    flight: Flight<Entry>,
    { firstByteAt, doneAt }: { readonly firstByteAt: Moment; readonly doneAt: Moment },
    verdict: Extract<Verdict, { kind: 'reply' | 'exception' }>,
  ): void {
    const { entry, sentAt } = flight;
    const bytes = verdict.kind === 'reply' ? verdict.bytes : verdict.frame.length;
    const turnaroundUs = Math.max(
      0,
      Number(doneAt.ns / 1000n) - flight.sentUs - bytes * this.#link.characterUs,
    );
    if (verdict.kind === 'reply') {
      entry.settle({ ok: true, ...verdict.body, sentAt, firstByteAt, doneAt, turnaroundUs });
      return;
    }
    const { exception, frame: evidence } = verdict;
    const reason = `unit ${entry.request.unit} refuses: ${exceptionName(exception)} (${exception})`;
    entry.settle({
      ...this.#failed('exception', reason, { evidence, sentAt }),
      exception,
      doneAt,
      turnaroundUs,
    });
  }

  /** After a bad frame: until the line is silent and the asked unit has had its time. */
  async #drain(flight: Flight<Entry>): Promise<void> {
    const quietUs = Math.max(DRAIN_QUIET_US, this.#link.t35Us);
    const giveUpUs = microseconds(this.#clock) + NOISE_US;
    while (!this.#stopped && this.#flight === flight && this.#link.framing === 'rtu') {
      const now = microseconds(this.#clock);
      const owedUs = this.#talk.settled() ? 0 : flight.deadlineUs;
      const overUs = Math.max(this.#lastUs + quietUs, owedUs);
      if (now >= overUs || now >= Math.max(giveUpUs, owedUs)) return;
      await this.#alarm.until(overUs, false);
    }
  }

  #fail(flight: Flight<Entry>, port?: string): void {
    this.#flight = null;
    const { fault, evidence } = this.#talk.giveUp(flight.sentUs, flight.timeoutUs);
    if (fault === 'timeout' && port === undefined) this.#link.doubt();
    flight.entry.settle(
      this.#failed(port === undefined ? fault : 'port', port ?? REASONS[fault] ?? fault, {
        evidence,
        sentAt: flight.sentAt,
      }),
    );
  }

  #abandonFlight(reason: string): void {
    const flight = this.#flight;
    if (!flight) return;
    this.#fail(flight, reason);
    flight.done();
  }

  #linkChanged(): void {
    const { state } = this.#link;
    const up = state.kind === 'up';
    if (!up) this.#abandonFlight(state.kind === 'down' ? state.reason : 'the connection was closed');
    if (up && !this.#wasUp) {
      this.#talk.reopened();
      // Whether somebody was speaking before cannot be known: the silence begins now.
      this.#lastUs = Math.max(this.#lastUs, microseconds(this.#clock));
    }
    this.#wasUp = up;
    this.#alarm.ring();
  }

  #replyBytes(request: Request): number {
    return this.#link.framing === 'rtu' ? rtuReplyBytes(request) : replyPduLength(request);
  }

  #refuse(entry: Entry, fault: Fault, reason: string): void {
    entry.settle(this.#failed(fault, reason, { evidence: new Uint8Array(0), sentAt: null }));
  }

  #failed(fault: Fault, reason: string, rest: Pick<Failed, 'evidence' | 'sentAt'>): Failed {
    return {
      ok: false,
      fault,
      reason: `${this.#link.name}: ${reason}`,
      exception: null,
      doneAt: momentOf(this.#clock),
      turnaroundUs: null,
      ...rest,
    };
  }
}
