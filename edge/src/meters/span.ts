import { type MeterProfile, type ProfileRegister, wordsOf } from '@meterline/contracts';

export type ReadFunction = ProfileRegister['function'];

/** Addresses that one request takes for these registers: even ones where the meter wants it. */
export function spread(
  members: readonly ProfileRegister[],
  { evenOnly }: MeterProfile['limits'],
): { address: number; count: number } {
  let from = Number.POSITIVE_INFINITY;
  let to = 0;
  for (const register of members) {
    from = Math.min(from, register.address);
    to = Math.max(to, register.address + wordsOf(register));
  }
  if (evenOnly && !members.some(({ alone }) => alone)) {
    from -= from % 2;
    to += to % 2;
  }
  return { address: from, count: to - from };
}

const WRITES_OF: Record<ReadFunction, readonly number[]> = { 1: [5, 15], 2: [], 3: [6, 16], 4: [] };

/**
 * Addresses over which nothing is read in passing: those that only answer alone, those that must not be written (some
 * do not answer reads, and nobody should come near them), and unlisted ones where the meter has no holes.
 */
export function barriersOf(profile: MeterProfile, code: ReadFunction): (address: number) => boolean {
  const readable = new Set<number>();
  const alone = new Set<number>();
  for (const register of profile.registers) {
    if (register.function !== code) continue;
    const into = register.alone ? alone : readable;
    for (let k = 0; k < wordsOf(register); k += 1) into.add(register.address + k);
  }
  const blocked = (profile.blockedWrites ?? []).filter(
    ({ function: write, from }) =>
      from !== undefined && (write === undefined || WRITES_OF[code].includes(write)),
  );
  const isBlocked = (address: number): boolean =>
    WRITES_OF[code].length > 0 &&
    blocked.some(({ from = 0, to = 0xffff }) => from <= address && address <= to);
  const holes = profile.limits.holes ?? true;
  return (address) => alone.has(address) || (!readable.has(address) && (!holes || isBlocked(address)));
}
