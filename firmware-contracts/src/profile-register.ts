import { z } from 'zod';
import { fitsInt64, text } from './scalars.ts';
import { gaugeUnit, quantityUnit, ratioText } from './units.ts';

/**
 * Words a value of each type takes; ascii and bcd say their own. `int32+float32`: a whole part and, right behind it,
 * its fraction: one value that must be read in one request.
 */
export const TYPE_WORDS = {
  uint16: 1,
  int16: 1,
  uint32: 2,
  int32: 2,
  uint64: 4,
  int64: 4,
  float32: 2,
  float64: 4,
  'int32+float32': 4,
  bcd: undefined,
  ascii: undefined,
  'ascii-low': undefined,
} as const;
export type RegisterType = keyof typeof TYPE_WORDS;

/**
 * Order of the bytes on the wire; A is the most significant. The pairs are the registers.
 * For `int32+float32` it holds for each half.
 */
export const ORDERS = {
  1: ['AB', 'BA'],
  2: ['ABCD', 'CDAB', 'BADC', 'DCBA'],
  4: ['ABCDEFGH', 'GHEFCDAB', 'BADCFEHG', 'HGFEDCBA', 'CDABGHEF', 'EFGHABCD'],
} as const;
export const order = z.literal([...ORDERS[1], ...ORDERS[2], ...ORDERS[4]]);
export type Order = z.infer<typeof order>;

export const address = z.int().min(0).max(0xffff);

export const registerName = z
  .string()
  .max(40)
  .regex(/^[a-z][a-z0-9_]*$/, 'must be a snake_case name such as energy_import_total');

const cell = {
  name: registerName,
  function: z
    .literal([1, 2, 3, 4])
    .meta({ description: '1 coils, 2 discrete inputs, 3 holding, 4 input registers' }),
  address: address.meta({ description: 'as on the wire, counted from 0' }),
  type: z.literal(Object.keys(TYPE_WORDS) as RegisterType[]),
  words: z.int().min(1).max(16).optional().meta({ description: 'for ascii and bcd only' }),
  order: order.optional().meta({ description: 'default: most significant byte first' }),
  sentinels: z
    .array(z.string().regex(/^[0-9a-fx]{4,32}$/, 'must be hex digits, most significant first, x for any'))
    .min(1)
    .optional()
    .meta({ description: 'patterns of the value that mean "not available"' }),
  optional: z.boolean().optional().meta({ description: 'some variants of the model do not have it' }),
  alone: z.boolean().optional().meta({ description: 'must not be read together with others' }),
  phase: z.literal([1, 2, 3]).optional(),
  note: text(300).optional(),
};

/** Fixed-point: raw × scale, rounded once, is the whole number in `unit`. */
const gaugeRegister = z.strictObject({
  ...cell,
  role: z.literal('gauge'),
  unit: gaugeUnit,
  scale: ratioText,
});

/**
 * Raw × scale is the count (whole-number registers: scale 1; float registers: the resolution that is billed on);
 * a count is `worth` of `unit`.
 */
const counterRegister = z.strictObject({
  ...cell,
  role: z.literal('counter'),
  unit: quantityUnit,
  scale: ratioText,
  worth: ratioText,
  modulus: z
    .string()
    .regex(/^[1-9][0-9]{0,18}$/)
    .refine(fitsInt64, {
      message: 'is beyond what a count can be',
      params: { remedy: 'leave it out: a count fits signed 64 bits' },
    })
    .optional()
    .meta({ description: 'the count at which it starts again from 0; absent when unknown' }),
  billing: z
    .boolean()
    .optional()
    .meta({ description: 'a counter to bill on: what the meter measured is the sum of them' }),
  resettable: z.boolean().optional().meta({ description: 'anybody at the meter or on the bus can reset it' }),
});

/** Serial numbers, model codes: text or a whole number. */
const identityRegister = z.strictObject({ ...cell, role: z.literal('identity') });

/** How the meter is set up: read for checks, never written. */
const settingRegister = z.strictObject({ ...cell, role: z.literal('setting') });

/** Flags and states: named values, or named bits of a mask. */
const stateRegister = z.strictObject({
  ...cell,
  role: z.literal('state'),
  values: z
    .array(
      z.strictObject({
        name: registerName,
        equals: z.int().min(0).max(0xffff_ffff),
        mask: z.int().min(1).max(0xffff_ffff).optional(),
      }),
    )
    .min(1)
    .max(32),
});

export const profileRegister = z.discriminatedUnion('role', [
  gaugeRegister,
  counterRegister,
  identityRegister,
  settingRegister,
  stateRegister,
]);
export type ProfileRegister = z.infer<typeof profileRegister>;

export const wordsOf = (register: Pick<ProfileRegister, 'type' | 'words'>): number =>
  TYPE_WORDS[register.type] ?? register.words ?? 1;

/** Words over which the order runs: half of a pair. */
export const orderWords = (register: Pick<ProfileRegister, 'type' | 'words'>): number =>
  register.type === 'int32+float32' ? 2 : wordsOf(register);
