import { type CommandId, type GatewayId, type Live, liveSchema, type PointId } from '@meterline/contracts';

export interface WatchOrder {
  readonly command: CommandId;
  readonly points: readonly PointId[];
  readonly everyMs: number;
  /** UTC ms. */
  readonly until: number;
}

/** The newest value of a point; `at` in UTC ms. */
export interface Seen {
  readonly unit: Live['units'][number];
  readonly at: number;
  readonly value: Live['values'][number];
}

export interface LiveWatchOptions {
  readonly gateway: GatewayId;
  readonly monoMs: () => number;
  readonly utc: () => number | undefined;
  /** What is known of the point now. Reading it fast is the poller's part. */
  readonly look: (point: PointId) => Seen | undefined;
  /** QoS 0; false when the line is busy or there is none. */
  readonly offer: (payload: Buffer) => boolean;
  /** Told when somebody begins or ceases to look, so that the poller reads faster, or no longer. */
  readonly changed?: (order: WatchOrder | undefined) => void;
}

/** However far ahead `until` lies, and wherever the clock is moved: the contract allows an hour. */
const LONGEST_MS = 3_600_000;

/** Values for the eye while somebody looks. It ends by itself, and drops what cannot go at once. */
export class LiveWatch {
  readonly #options: LiveWatchOptions;
  #order: WatchOrder | undefined;
  #timer: NodeJS.Timeout | undefined;
  #endsAt = 0;
  #n = 0;
  #shown = new Map<PointId, number>();
  sent = 0;
  dropped = 0;

  constructor(options: LiveWatchOptions) {
    this.#options = options;
  }

  get order(): WatchOrder | undefined {
    return this.#order;
  }

  /** The newest order replaces the one before. False: it is over already, or the time is not known. */
  start(order: WatchOrder): boolean {
    const utc = this.#options.utc();
    const left = utc === undefined ? 0 : Math.min(LONGEST_MS, order.until - utc);
    if (left <= 0) return false;
    clearTimeout(this.#timer);
    this.#order = order;
    this.#endsAt = this.#options.monoMs() + left;
    this.#n = 0;
    this.#shown = new Map();
    this.#options.changed?.(order);
    this.#turn();
    return true;
  }

  stop(): void {
    clearTimeout(this.#timer);
    if (!this.#order) return;
    this.#order = undefined;
    this.#options.changed?.(undefined);
  }

  #turn(): void {
    const order = this.#order;
    if (!order) return;
    if (this.#options.monoMs() >= this.#endsAt) {
      this.stop();
      return;
    }
    this.#publish(order);
    const left = this.#endsAt - this.#options.monoMs();
    this.#timer = setTimeout(() => this.#turn(), Math.max(1, Math.min(order.everyMs, left)));
  }

  #publish({ command, points }: WatchOrder): void {
    const fresh = points.flatMap((point) => {
      const seen = this.#options.look(point);
      return seen && seen.at > (this.#shown.get(point) ?? 0) ? [{ point, ...seen }] : [];
    });
    if (fresh.length === 0) return;
    const n = this.#n;
    this.#n += 1;
    const live = liveSchema.safeParse({
      v: 1,
      gateway: this.#options.gateway,
      watch: command,
      n,
      points: fresh.map(({ point }) => point),
      units: fresh.map(({ unit }) => unit),
      at: fresh.map(({ at }) => at),
      values: fresh.map(({ value }) => value),
    });
    if (!live.success || !this.#options.offer(Buffer.from(JSON.stringify(live.data)))) {
      this.dropped += 1;
      return;
    }
    this.sent += 1;
    for (const { point, at } of fresh) this.#shown.set(point, at);
  }
}
