import type { CommissionedMeter, Config, GatewayId } from '@meterline/contracts';

/** A meter that was commissioned here, and how far the hub has heard of it. */
export interface LocalMeter {
  readonly commissioned: CommissionedMeter;
  /** When the hub receipted the record; null while it has not. */
  readonly receiptedAt: number | null;
}

const EARLIEST = Date.UTC(2020, 0, 1);

/** A clock that was never set still gives a time that the contract takes. */
export const wallOrEarliest = (wallMs: number): number => Math.max(Math.trunc(wallMs), EARLIEST);

/** What a gateway runs on before any configuration came. */
export const standardConfig = (gateway: GatewayId, wallMs: number): Config => ({
  v: 1,
  gateway,
  version: 1,
  issued: wallOrEarliest(wallMs),
  buses: [],
  meters: [],
  intervals: { gaugeMs: 60_000, counterMs: 300_000, statusMs: 300_000, sealMs: 60_000 },
  uplink: { backfillBytesPerSecond: 20_000, monthlyBytes: 100_000_000 },
  storage: { maxBytes: 1_073_741_824 },
  switching: { minimumMs: 60_000, staggerMs: 5_000, maxReadingAgeMs: 300_000 },
});

/**
 * The hub's word is whole: what is not in it stops. But a configuration that was issued before the hub knew of a
 * meter does not speak of it, and must not stop it.
 */
export function isStillLocal(config: Config | null, { commissioned, receiptedAt }: LocalMeter): boolean {
  if (!config) return true;
  if (config.meters.some(({ id }) => id === commissioned.meter.id)) return false;
  return receiptedAt === null || config.issued <= receiptedAt;
}

/** The configuration with the meters of which the hub does not know yet. A place that it has given away is not taken. */
export function adoptLocal(base: Config, meters: readonly LocalMeter[]): Config {
  const [buses, adopted] = [[...base.buses], [...base.meters]];
  for (const local of meters) {
    if (!isStillLocal(base, local)) continue;
    const { bus, meter } = local.commissioned;
    const there = buses.find(({ id, url }) => id === bus.id || samePort(url, bus.url));
    const on = there ?? bus;
    const points = new Set(meter.points.map(({ id }) => id));
    const isTaken = adopted.some(
      (other) =>
        other.id === meter.id ||
        (other.bus === on.id && other.unit === meter.unit) ||
        other.points.some(({ id }) => points.has(id)),
    );
    if (isTaken) continue;
    if (!there) buses.push(bus);
    adopted.push({ ...meter, bus: on.id });
  }
  return { ...base, buses, meters: adopted };
}

/** The hub may have given the bus another id, or another name. */
const samePort = (a: string, b: string): boolean => a.split('?')[0] === b.split('?')[0];
