import { z } from 'zod';
import { address, profileRegister, registerName } from './profile-register.ts';
import { code, durationMs, text } from './scalars.ts';
import { RELAY_STATES, VALVE_STATES } from './switching.ts';

export const profileId = z
  .string()
  .max(64)
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'must be words of a–z and 0–9 with dashes, like the file name');

/** `id@version` */
export const profileRef = z
  .string()
  .max(80)
  .regex(
    /^[a-z0-9]+(?:-[a-z0-9]+)*@[1-9][0-9]{0,5}$/,
    'must be a profile and its version such as eastron-sdm120m@1',
  );

const candidates = <T extends z.ZodType>(item: T) => z.array(item).min(1).max(8);

/** Factory settings of the line, likeliest first. More than one, or `certain: false`: probe. */
const line = z.strictObject({
  baud: candidates(z.literal([1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200])),
  parity: candidates(z.literal(['none', 'even', 'odd'])),
  stop: candidates(z.literal([1, 2])),
  unit: z.int().min(1).max(247).nullable().meta({ description: 'null: printed on the meter' }),
  certain: z.boolean(),
});

const limits = z.strictObject({
  registers: z.int().min(1).max(125).meta({ description: 'most registers in one request' }),
  evenOnly: z
    .boolean()
    .optional()
    .meta({ description: 'only even numbers of registers, from even addresses' }),
  holes: z.boolean().optional().meta({ description: 'may be read across unlisted addresses; default yes' }),
});

const timing = z.strictObject({
  gapMs: durationMs.optional().meta({ description: 'silence the meter needs before a request' }),
  gapScope: z
    .literal(['bus', 'unit'])
    .optional()
    .meta({ description: 'whose silence; default the whole bus' }),
  typicalMs: durationMs.optional(),
  longestMs: durationMs.optional().meta({ description: 'slowest answer to wait for' }),
  afterPowerUpMs: durationMs.optional(),
});

/** A value that a register must have: to recognise the model, or to trust its counters. */
const expectation = z.union([
  z.strictObject({
    register: registerName,
    oneOf: z.array(z.int()).min(1).max(32),
    why: text(200).optional(),
  }),
  z.strictObject({
    register: registerName,
    between: z.tuple([z.int(), z.int()]).meta({ description: 'in the unit of the register, ends included' }),
    why: text(200).optional(),
  }),
]);

const wanted = z.int().min(0).max(0xffff);
const relayValues = z.strictObject({ on: wanted, off: wanted });
const valveValues = z.strictObject({ open: wanted, closed: wanted });

const switching = <K extends string, V extends z.ZodType>(kind: K, values: V) =>
  z.strictObject({
    name: code,
    kind: z.literal(kind),
    write: z.strictObject({ function: z.literal([5, 6, 15, 16]), address, values }),
    readBack: z.strictObject({
      function: z.literal([1, 2, 3, 4]),
      address,
      mask: z.int().min(1).max(0xffff).optional(),
      values,
    }),
    settleMs: durationMs.optional().meta({ description: 'until the read-back shows the new state' }),
    maxLoad: z
      .strictObject({ register: registerName, value: z.int().min(0) })
      .optional()
      .meta({ description: 'refused above this value of this gauge, in its unit' }),
    models: z.array(text(80)).min(1).optional().meta({ description: 'only these have it' }),
  });

const blockedWrite = z.strictObject({
  function: z.int().min(1).max(127).optional().meta({ description: 'absent: whichever function' }),
  from: address.optional(),
  to: address.optional(),
  why: text(200),
});

const history = z.strictObject({
  hours: z.int().min(0).optional(),
  days: z.int().min(0).optional(),
  months: z.int().min(0).optional(),
  note: text(300).optional(),
});

/** One model of meter as data. Addresses are those on the wire, counted from 0. */
export const profileShape = z.strictObject({
  format: z.literal(1),
  id: profileId,
  version: z.int().min(1).max(999_999),
  vendor: text(80),
  models: z.array(text(80)).min(1).max(32),
  medium: z.literal(['electricity', 'water', 'pulses']),
  phases: z.literal([0, 1, 3]),
  line,
  limits,
  timing: timing.optional(),
  rating: z
    .strictObject({ maxPowerW: z.int().min(1).optional(), maxFlowLitresPerHour: z.int().min(1).optional() })
    .optional()
    .meta({ description: 'what can physically pass; more is a jump' }),
  accuracyPpm: z.int().min(100).max(100_000).optional().meta({
    description: 'permitted error in parts per million, class 1 is 10000; absent: usual for the medium',
  }),
  identity: z.strictObject({
    serial: registerName
      .optional()
      .meta({ description: 'register of the serial number: a change is a swap' }),
    probes: z.array(expectation).max(8),
  }),
  checks: z
    .array(expectation)
    .max(16)
    .optional()
    .meta({ description: 'must hold before the meter is billed on' }),
  registers: z.array(profileRegister).min(1).max(200),
  switching: z
    .array(z.discriminatedUnion('kind', [switching('relay', relayValues), switching('valve', valveValues)]))
    .max(8)
    .optional(),
  blockedWrites: z.array(blockedWrite).max(32).optional(),
  history: history.optional(),
  confidence: z.literal(['high', 'medium', 'low']),
  verify: z
    .array(text(400))
    .max(16)
    .optional()
    .meta({ description: 'what to compare with the display first' }),
  notes: z.array(text(400)).max(32).optional(),
  sources: z.array(text(300)).min(1).max(16),
});
export type ProfileShape = z.infer<typeof profileShape>;

/** States a control can be asked for. */
export const statesOf = (kind: 'relay' | 'valve'): readonly string[] =>
  kind === 'relay' ? RELAY_STATES : VALVE_STATES;
