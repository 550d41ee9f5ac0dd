import type { MeterProfile, ProfileRegister } from '@meterline/contracts';

/** What is read together because it is due together. */
export const READ_CLASSES = ['billing', 'counter', 'gauge', 'identity'] as const;
export type ReadClass = (typeof READ_CLASSES)[number];

/** `counter` takes the billing counters along: they are charted between the boundaries too. */
const classesOf = (register: ProfileRegister): readonly ReadClass[] => {
  switch (register.role) {
    case 'counter':
      return register.billing === true ? ['billing', 'counter'] : ['counter'];
    case 'gauge':
    case 'state':
      return ['gauge'];
    case 'identity':
    case 'setting':
      return ['identity'];
  }
};

export const isBilling = (register: ProfileRegister): boolean =>
  register.role === 'counter' && register.billing === true;

/** Registers of the profile that belong to one of the classes; `names` leaves only those that are points. */
export function wanted(
  profile: MeterProfile,
  classes: Iterable<ReadClass>,
  names?: ReadonlySet<string>,
): ProfileRegister[] {
  const asked = new Set(classes);
  return profile.registers.filter(
    (register) =>
      (names?.has(register.name) ?? true) && classesOf(register).some((readClass) => asked.has(readClass)),
  );
}
