import type { z } from 'zod';
import type { ProfileShape } from './profile.ts';
import { profileShape } from './profile.ts';
import { ORDERS, orderWords, type ProfileRegister, TYPE_WORDS, wordsOf } from './profile-register.ts';

type Report = (path: readonly (string | number)[], problem: string, remedy: string) => void;

/** What a shape cannot say. Each fault has its remedy, because whoever writes a profile has only a manual. */
export const meterProfile = profileShape.superRefine((profile, context) => {
  const report: Report = (path, problem, remedy) =>
    context.addIssue({ code: 'custom', path: [...path], message: problem, params: { remedy } });
  namesAreUnique(profile, report);
  for (const [i, register] of profile.registers.entries())
    registerFits(profile, register, ['registers', i], report);
  referencesResolve(profile, report);
  switchingIsSafe(profile, report);
  confidenceIsExplained(profile, report);
});
export type MeterProfile = z.infer<typeof meterProfile>;

function namesAreUnique({ registers }: ProfileShape, report: Report): void {
  const seen = new Set<string>();
  for (const [i, { name }] of registers.entries()) {
    if (seen.has(name))
      report(['registers', i, 'name'], `there are two registers "${name}"`, 'rename one of them');
    seen.add(name);
  }
}

function registerFits(
  profile: ProfileShape,
  register: ProfileRegister,
  path: (string | number)[],
  report: Report,
): void {
  const words = wordsOf(register);
  const fixed = TYPE_WORDS[register.type];
  const { type } = register;
  if (fixed === undefined && register.words === undefined) {
    report([...path, 'words'], `${type} needs its length`, 'add words: the number of registers it takes');
  }
  if (fixed !== undefined && register.words !== undefined) {
    report([...path, 'words'], `${type} always takes ${fixed}`, 'remove words');
  }
  const orders: readonly string[] = ORDERS[orderWords(register) as 1] ?? [];
  if (register.order !== undefined && !orders.includes(register.order)) {
    const remedy = orders.length > 0 ? `use one of ${orders.join(', ')}` : 'remove order';
    report([...path, 'order'], `${register.order} does not fit ${type}`, remedy);
  }
  if (register.address + words > 0x1_0000) {
    report(
      [...path, 'address'],
      'runs beyond address 65535',
      'addresses count from 0: subtract the 1 of the manual',
    );
  }
  if (words > profile.limits.registers) {
    report(
      [...path],
      `takes ${words} registers`,
      `raise limits.registers above ${profile.limits.registers}, or leave it out`,
    );
  }
  if (profile.limits.evenOnly && words % 2 === 1 && !register.alone) {
    report(
      [...path],
      'is odd where only even reads are allowed',
      'mark it alone: true if the meter allows it by itself',
    );
  }
  for (const [i, pattern] of (register.sentinels ?? []).entries()) {
    if (pattern.length === words * 4) continue;
    report(
      [...path, 'sentinels', i],
      `has ${pattern.length} digits`,
      `write ${words * 4}, most significant first`,
    );
  }
  countIsWhole(register, path, report);
}

function countIsWhole(register: ProfileRegister, path: (string | number)[], report: Report): void {
  const { role, type } = register;
  const numeric = type !== 'ascii' && type !== 'ascii-low';
  if (!numeric && role !== 'identity') {
    report([...path, 'type'], `a ${role} cannot be text`, 'use a numeric type, or role: identity');
  }
  if ((register.function === 1 || register.function === 2) && type !== 'uint16') {
    report([...path, 'type'], 'a coil or input has one bit', 'use type: uint16 and role: state');
  }
  if (role !== 'counter') return;
  const exact = type !== 'float32' && type !== 'float64' && type !== 'int32+float32';
  if (exact && register.scale !== '1') {
    report(
      [...path, 'scale'],
      'a whole-number counter is kept as it is',
      'set scale: "1" and put the factor into worth',
    );
  }
  if (register.worth.startsWith('-')) {
    report([...path, 'worth'], 'a count cannot be worth less than nothing', 'remove the minus sign');
  }
}

function referencesResolve(profile: ProfileShape, report: Report): void {
  const byName = new Map(profile.registers.map((register) => [register.name, register]));
  const known = [...byName.keys()].join(', ');
  const check = (name: string, path: (string | number)[], roles: readonly string[]) => {
    const register = byName.get(name);
    if (!register) report(path, `there is no register "${name}"`, `use one of ${known}`);
    else if (!roles.includes(register.role)) {
      report(path, `"${name}" is a ${register.role}`, `use a register whose role is ${roles.join(' or ')}`);
    }
  };
  const { identity, checks = [], switching = [] } = profile;
  if (identity.serial !== undefined) check(identity.serial, ['identity', 'serial'], ['identity']);
  const comparable = ['gauge', 'counter', 'identity', 'setting', 'state'];
  for (const [i, probe] of identity.probes.entries())
    check(probe.register, ['identity', 'probes', i, 'register'], comparable);
  for (const [i, expected] of checks.entries())
    check(expected.register, ['checks', i, 'register'], comparable);
  for (const [i, { maxLoad }] of switching.entries()) {
    if (maxLoad) check(maxLoad.register, ['switching', i, 'maxLoad', 'register'], ['gauge']);
  }
  if (!profile.registers.some((register) => register.role === 'counter' && register.billing)) {
    report(['registers'], 'none of them is to be billed on', 'mark the main counter billing: true');
  }
}

function switchingIsSafe({ switching = [], blockedWrites = [] }: ProfileShape, report: Report): void {
  for (const [i, control] of switching.entries()) {
    const { kind, write, readBack, maxLoad } = control;
    if (kind === 'relay' && !maxLoad) {
      report(
        ['switching', i, 'maxLoad'],
        'a relay without a limit may be switched under any load',
        'add maxLoad: the gauge and the highest value at which it may be switched',
      );
    }
    const blocked = blockedWrites.find(
      ({ function: code = write.function, from = 0, to = 0xffff }) =>
        code === write.function && from <= write.address && write.address <= to,
    );
    if (blocked)
      report(
        ['switching', i, 'write'],
        `is blocked: ${blocked.why}`,
        'narrow blockedWrites, or drop the control',
      );
    if (new Set(Object.values(write.values)).size < 2) {
      report(
        ['switching', i, 'write', 'values'],
        'both states are written alike',
        'copy the two values from the manual',
      );
    }
    if (new Set(Object.values(readBack.values)).size < 2) {
      report(
        ['switching', i, 'readBack', 'values'],
        'both states read alike',
        'copy the two values from the manual',
      );
    }
  }
  for (const [i, { function: code, from, to }] of blockedWrites.entries()) {
    if ((from === undefined) !== (to === undefined) || (from ?? 0) > (to ?? 0xffff)) {
      report(['blockedWrites', i], 'names no range', 'give both from and to, from ≤ to');
    }
    if (code === undefined && from === undefined) {
      report(['blockedWrites', i], 'names neither function nor addresses', 'give at least one of them');
    }
  }
}

function confidenceIsExplained({ confidence, verify = [], line }: ProfileShape, report: Report): void {
  if (confidence !== 'high' && verify.length === 0) {
    report(['verify'], `confidence is ${confidence}`, 'say what to compare with the display before billing');
  }
  const several = line.baud.length > 1 || line.parity.length > 1 || line.stop.length > 1;
  if (several && line.certain)
    report(['line', 'certain'], 'there are several settings', 'set certain: false');
}
