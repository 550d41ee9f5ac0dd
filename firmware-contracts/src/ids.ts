import { z } from 'zod';

const UUID7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** UUID version 7 in its one spelling: lower case, with dashes. */
const uuid7Text = z.string().regex(UUID7, 'must be a UUID version 7 in lower case');

export const gatewayId = uuid7Text.brand<'GatewayId'>();
export const journalId = uuid7Text.brand<'JournalId'>();
export const busId = uuid7Text.brand<'BusId'>();
export const meterId = uuid7Text.brand<'MeterId'>();
export const pointId = uuid7Text.brand<'PointId'>();
export const commandId = uuid7Text.brand<'CommandId'>();
export const sessionId = uuid7Text.brand<'SessionId'>();

export type GatewayId = z.infer<typeof gatewayId>;
export type JournalId = z.infer<typeof journalId>;
export type BusId = z.infer<typeof busId>;
export type MeterId = z.infer<typeof meterId>;
export type PointId = z.infer<typeof pointId>;
export type CommandId = z.infer<typeof commandId>;
export type SessionId = z.infer<typeof sessionId>;

/** What ids are made from; the caller owns the clock and the source of randomness. */
export interface IdSource {
  readonly nowMs: () => number;
  readonly random: (bytes: number) => Uint8Array;
}

export interface Ids {
  gateway(): GatewayId;
  journal(): JournalId;
  bus(): BusId;
  meter(): MeterId;
  point(): PointId;
  command(): CommandId;
  session(): SessionId;
}

export function idsFrom(source: IdSource): Ids {
  return {
    gateway: () => uuid7(source) as GatewayId,
    journal: () => uuid7(source) as JournalId,
    bus: () => uuid7(source) as BusId,
    meter: () => uuid7(source) as MeterId,
    point: () => uuid7(source) as PointId,
    command: () => uuid7(source) as CommandId,
    session: () => uuid7(source) as SessionId,
  };
}

const MAX_TIME = 2 ** 48 - 1;

/** RFC 9562 §5.7: 48 bits of milliseconds, version, 74 random bits. */
export function uuid7({ nowMs, random }: IdSource): string {
  const time = Math.trunc(nowMs());
  if (!(time >= 0 && time <= MAX_TIME)) throw new RangeError(`a UUID cannot hold the time ${time}`);
  const bytes = random(10);
  if (bytes.length !== 10) throw new RangeError(`asked for 10 random bytes, got ${bytes.length}`);
  const [versionByte = 0, , variantByte = 0] = bytes;
  const tail = Uint8Array.from(bytes);
  tail[0] = (versionByte & 0x0f) | 0x70;
  tail[2] = (variantByte & 0x3f) | 0x80;
  const digits = time.toString(16).padStart(12, '0') + Buffer.from(tail).toString('hex');
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20),
  ].join('-');
}
