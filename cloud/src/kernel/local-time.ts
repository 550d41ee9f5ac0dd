import { Temporal } from 'temporal-polyfill';
import { knownZone } from './period.ts';
import { err, ok, type Result } from './result.ts';

export interface WallDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

const HOUR = 3_600_000;
/** Hours remembered; lists of readings repeat few. */
const REMEMBERED = 10_000;

/**
 * What the wall clock of a zone says, as an instant: many times over, at the price of one look-up an hour. Where the
 * clocks are set forward an hour is missing, where they are set back one comes twice; then only an offset tells.
 */
export class WallClock {
  readonly #zone: string;
  /** Offset in ms by the hour as it would be in UTC; `null` where it changes within. */
  readonly #offsets = new Map<number, number | null>();

  constructor(zone: string) {
    this.#zone = knownZone(zone);
  }

  /** `seconds` since midnight; 86 400 is the midnight that ends the day. */
  instant({ year, month, day }: WallDate, seconds: number): Result<number, 'skipped' | 'repeated'> {
    const asUtc = Date.UTC(year, month - 1, day) + seconds * 1000;
    const hour = Math.floor(asUtc / HOUR) * HOUR;
    let offset = this.#offsets.get(hour);
    if (offset === undefined) {
      if (this.#offsets.size >= REMEMBERED) this.#offsets.clear();
      offset = this.#offsetWithin(hour);
      this.#offsets.set(hour, offset);
    }
    if (offset !== null) return ok(asUtc - offset);
    const { earlier, later } = this.#around(asUtc);
    if (earlier === later) return ok(earlier);
    // A time that was skipped comes back as another one.
    return err(this.#wallOf(earlier) !== asUtc ? 'skipped' : 'repeated');
  }

  #offsetWithin(hour: number): number | null {
    const start = this.#around(hour);
    const end = this.#around(hour + HOUR - 1);
    const same = start.earlier === start.later && end.earlier === end.later;
    const offset = hour - start.earlier;
    return same && hour + HOUR - 1 - end.earlier === offset ? offset : null;
  }

  #around(asUtc: number): { earlier: number; later: number } {
    const wall = Temporal.Instant.fromEpochMilliseconds(asUtc).toZonedDateTimeISO('UTC').toPlainDateTime();
    const instant = (disambiguation: 'earlier' | 'later') =>
      wall.toZonedDateTime(this.#zone, { disambiguation }).epochMilliseconds;
    return { earlier: instant('earlier'), later: instant('later') };
  }

  #wallOf(instant: number): number {
    return instant + this.#offsetAt(instant);
  }

  #offsetAt(instant: number): number {
    const zoned = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(this.#zone);
    return zoned.offsetNanoseconds / 1_000_000;
  }
}
