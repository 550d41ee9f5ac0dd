import { createHash } from 'node:crypto';
import { idsFrom, type PointId, type ProfileRegister } from '@meterline/contracts';
import type { VirtualMeter } from './virtual-meter.ts';

/** A billed register of one physical meter; after a swap it is another. */
export interface VirtualPoint {
  readonly id: PointId;
  readonly meter: VirtualMeter;
  readonly register: ProfileRegister;
  /** Which of the meter’s counters. */
  readonly index: number;
  readonly installation: number;
  /** UTC ms; `to` is Infinity where it is never swapped. */
  readonly from: number;
  readonly to: number;
}

/** An id that is the same in every run: of the building’s seed, its beginning, and a text. */
export function steadyIds(seed: number, since: number, text: string): ReturnType<typeof idsFrom> {
  const random = createHash('sha256').update(`${seed} ${since} ${text}`).digest();
  return idsFrom({ nowMs: () => since, random: (bytes) => random.subarray(0, bytes) });
}

export const pointIdOf = (
  { parts }: VirtualMeter,
  register: string,
  installation: number,
  seed: number,
  since: number,
): PointId => steadyIds(seed, since, `${parts.id} ${register} ${installation}`).point();

export function pointsOf(meter: VirtualMeter, seed: number, since: number): VirtualPoint[] {
  const { counters } = meter.parts;
  const swaps = meter.epochs.filter(({ begins }) => begins === 'swap').map(({ from }) => from);
  const beginnings = [meter.parts.start.at, ...swaps];
  return counters.flatMap(({ register }, index) =>
    register.billing && isMeasured(meter, register.name)
      ? beginnings.map((from, installation) => ({
          id: pointIdOf(meter, register.name, installation, seed, since),
          meter,
          register,
          index,
          installation,
          from,
          to: beginnings[installation + 1] ?? Number.POSITIVE_INFINITY,
        }))
      : [],
  );
}

/** An input of a pulse counter to which nothing is connected is no point. */
const isMeasured = ({ parts }: VirtualMeter, register: string): boolean =>
  parts.inputs.size === 0 || parts.inputs.has(register);
