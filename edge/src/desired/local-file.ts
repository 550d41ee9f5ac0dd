import {
  type Bus,
  busId,
  type Checked,
  type Config,
  check,
  type Fault,
  type GatewayId,
  type Ids,
  type Meter,
  type MeterProfile,
  meterId,
  pointId,
  sha256Hex,
} from '@meterline/contracts';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { type ProfileSet, resolveProfile } from '../meters/profile-store.ts';
import { standardConfig, wallOrEarliest } from './adopt.ts';

// `meterline-edge run --config gateway.yaml`: the desired state written by a person. Ids are minted for the names in
// it and remembered, so that readings keep their points over every edit.

const name = z.string().min(1).max(80);
const interval = z.int().min(1_000).max(86_400_000);

const localMeter = z.strictObject({
  name: name.meta({ description: 'unique in the file; a new name is a new meter' }),
  unit: z.int().min(1).max(247),
  profile: z
    .string()
    .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*(?:@[1-9][0-9]{0,5})?$/, 'must be a profile such as eastron-sdm120m'),
  serial: z.string().min(1).max(64).optional(),
  role: z.literal(['main', 'sub']).optional(),
  order: z.string().optional(),
  registers: z
    .array(z.string())
    .min(1)
    .optional()
    .meta({ description: 'default: all that count or measure' }),
  points: z
    .record(z.string(), pointId)
    .optional()
    .meta({ description: 'ids by register, where they were minted elsewhere; default: minted here' }),
  switch: z.array(z.string()).optional().meta({ description: 'controls that may be switched' }),
  never: z.array(z.string()).optional().meta({ description: 'controls that must never be switched' }),
  acknowledged: z
    .string()
    .min(1)
    .max(80)
    .optional()
    .meta({ description: 'who compared a doubtful profile with the display' }),
  maxPowerW: z.int().min(1).optional(),
  maxFlowLitresPerHour: z.int().min(1).optional(),
});

const localFile = z.strictObject({
  broker: z
    .strictObject({
      url: z.string().max(300),
      tokenFile: z.string().optional().meta({ description: 'holds the token; never written into this file' }),
      plain: z.boolean().optional(),
      caFile: z.string().optional(),
    })
    .optional()
    .meta({ description: 'left out: that of the enrolment' }),
  buses: z
    .array(z.strictObject({ name, url: z.string(), meters: z.array(localMeter).max(247) }))
    .min(1)
    .max(16)
    .optional()
    .meta({ description: 'left out: those that the hub wants' }),
  gaugeMs: interval.optional(),
  counterMs: interval.optional(),
});
type LocalFile = z.infer<typeof localFile>;
type Buses = NonNullable<LocalFile['buses']>;
type LocalMeter = z.infer<typeof localMeter>;
type LocalBroker = NonNullable<LocalFile['broker']>;

/** Ids by name, kept beside the journal. `serials`: by which a replaced meter under an old name is known. */
export const localIds = z.strictObject({
  v: z.literal(1),
  buses: z.record(z.string(), busId),
  meters: z.record(
    z.string(),
    z.strictObject({ id: meterId, serial: z.string().nullable(), points: z.record(z.string(), pointId) }),
  ),
  /** Counts up whenever the content changes. */
  version: z.int().min(0),
  digest: z.string(),
  issued: z.int(),
  acknowledged: z.record(z.string(), z.int()),
});
export type LocalIds = z.infer<typeof localIds>;
export const NO_IDS: LocalIds = {
  v: 1,
  buses: {},
  meters: {},
  version: 0,
  digest: '',
  issued: 0,
  acknowledged: {},
};

export interface LocalContext {
  readonly gateway: GatewayId;
  readonly profiles: ProfileSet;
  readonly ids: Ids;
  readonly known: LocalIds;
  readonly wallMs: number;
}

export interface LocalRead {
  /** Null: the file says only how the hub is reached. */
  readonly config: Config | null;
  readonly broker: LocalBroker | null;
  /** To be kept before the configuration is used. */
  readonly ids: LocalIds;
}

export function readLocal(text: string, context: LocalContext): Checked<LocalRead> {
  const parsed = parseYaml(text);
  if (!parsed.ok) return parsed;
  if (parsed.value == null) return fault('', 'is empty', 'name buses, or the broker');
  const checked = check<LocalFile>(localFile, parsed.value);
  if (!checked.ok) return checked;
  const file = checked.value;
  const { buses, broker = null } = file;
  if (!buses) return { ok: true, value: { config: null, broker, ids: context.known } };
  const twice = firstTwice(buses.flatMap(({ meters }) => meters.map((meter) => meter.name)));
  const twiceBus = firstTwice(buses.map((bus) => bus.name));
  if (twice !== undefined) return fault('buses', `there are two meters "${twice}"`, 'rename one of them');
  if (twiceBus !== undefined)
    return fault('buses', `there are two buses "${twiceBus}"`, 'rename one of them');
  return build({ ...file, buses }, context);
}

function build(file: LocalFile & { readonly buses: Buses }, context: LocalContext): Checked<LocalRead> {
  const { gateway, known, ids } = context;
  const wallMs = wallOrEarliest(context.wallMs);
  const next = {
    buses: { ...known.buses },
    meters: { ...known.meters },
    acknowledged: { ...known.acknowledged },
  };
  const [buses, meters, faults]: [Bus[], Meter[], Fault[]] = [[], [], []];
  for (const [i, bus] of file.buses.entries()) {
    next.buses[bus.name] ??= ids.bus();
    const id = next.buses[bus.name] ?? ids.bus();
    buses.push({ id, name: bus.name, url: bus.url });
    for (const [j, local] of bus.meters.entries()) {
      const made = meterOf(local, id, { ...context, wallMs }, next, `buses[${i}].meters[${j}]`);
      if (made.ok) meters.push(made.value);
      else faults.push(...made.faults);
    }
  }
  if (faults.length > 0) return { ok: false, faults };
  const standard = standardConfig(gateway, wallMs);
  const intervals = {
    ...standard.intervals,
    ...(file.gaugeMs !== undefined && { gaugeMs: file.gaugeMs }),
    ...(file.counterMs !== undefined && { counterMs: file.counterMs }),
  };
  const content = { buses, meters, intervals };
  const digest = sha256Hex(JSON.stringify(content));
  const isSame = digest === known.digest;
  const version = isSame ? known.version : known.version + 1;
  const issued = isSame ? known.issued : wallMs;
  const config: Config = { ...standard, ...content, version, issued };
  const kept: LocalIds = { v: 1, ...next, version, digest, issued };
  return { ok: true, value: { config, broker: file.broker ?? null, ids: kept } };
}

type Minting = Pick<LocalIds, 'buses' | 'meters' | 'acknowledged'>;

function meterOf(
  local: LocalMeter,
  bus: Bus['id'],
  { profiles, ids, wallMs }: LocalContext,
  next: Minting,
  path: string,
): Checked<Meter> {
  const wanted = local.profile;
  const loaded = profiles.profiles.get(wanted.replace(/@.*$/, ''));
  const resolved = resolveProfile(profiles, wanted.includes('@') ? wanted : (loaded?.ref ?? wanted));
  if (!resolved.ok) return fault(`${path}.profile`, resolved.text, 'see meterline-edge profiles');
  const { profile, ref } = resolved.loaded;
  const known = next.meters[local.name];
  // A serial number that is filled in later is the same meter; another one is another meter.
  const isReplaced = known?.serial != null && local.serial !== undefined && known.serial !== local.serial;
  const entry = known && !isReplaced ? known : { id: ids.meter(), serial: null, points: {} };
  const points = { ...entry.points, ...local.points };
  const registers = local.registers ?? usual(profile);
  const unknown = registers.find((each) => !profile.registers.some((register) => register.name === each));
  if (unknown !== undefined) {
    return fault(
      `${path}.registers`,
      `${profile.id} has no "${unknown}"`,
      `it has ${usual(profile).join(', ')}`,
    );
  }
  for (const register of registers) points[register] ??= ids.point();
  next.meters[local.name] = { id: entry.id, serial: local.serial ?? entry.serial, points };
  return {
    ok: true,
    value: {
      ...shape(local, bus, profile, ref, wallMs, next),
      id: entry.id,
      points: pointsOf(profile, registers, points),
    },
  };
}

function shape(
  local: LocalMeter,
  bus: Bus['id'],
  profile: MeterProfile,
  ref: string,
  wallMs: number,
  next: Minting,
): Omit<Meter, 'id' | 'points'> {
  const { unit, serial = null, role = 'sub', order, maxPowerW, maxFlowLitresPerHour } = local;
  const named = new Set([...(local.switch ?? []), ...(local.never ?? [])]);
  const controls = [...named].map((control) => ({
    name: control,
    enabled: (local.switch ?? []).includes(control) && !(local.never ?? []).includes(control),
    ...(local.never?.includes(control) && { never: true }),
  }));
  const key = `${local.name}/${ref}`;
  if (local.acknowledged !== undefined) next.acknowledged[key] ??= wallMs;
  const acknowledged =
    local.acknowledged === undefined
      ? undefined
      : [
          {
            profile: ref,
            what: 'confidence' as const,
            at: next.acknowledged[key] ?? wallMs,
            by: local.acknowledged,
          },
        ];
  return {
    bus,
    unit,
    profile: `${profile.id}@${profile.version}`,
    serial,
    role,
    label: local.name,
    // Whether it fits is for `judgeConfig` to say: the schema of the contract knows the orders.
    ...(order !== undefined && { order: order as NonNullable<Meter['order']> }),
    ...(maxPowerW !== undefined && { maxPowerW }),
    ...(maxFlowLitresPerHour !== undefined && { maxFlowLitresPerHour }),
    ...(controls.length > 0 && { controls }),
    ...(acknowledged && { acknowledged }),
  };
}

/** Where in the file stands what is wrong with the configuration that was made of it. */
export function pathInFile(path: string, { buses, meters }: Config): string {
  const [, index, rest = ''] = /^meters\[(\d+)\](.*)$/.exec(path) ?? [];
  const meter = meters[Number(index)];
  if (!meter) return path.replace(/^intervals\./, '');
  const bus = buses.findIndex(({ id }) => id === meter.bus);
  const place = meters.filter((other) => other.bus === meter.bus).indexOf(meter);
  const control = meter.controls?.[Number(/^\.controls\[(\d+)\]/.exec(rest)?.[1])];
  const key = control ? (control.never ? '.never' : '.switch') : rest;
  return `buses[${bus}].meters[${place}]${key}`;
}

/** All that counts and measures; identities and settings are read for checks. */
export const usual = ({ registers }: MeterProfile): string[] =>
  registers.filter(({ role }) => role === 'counter' || role === 'gauge').map((register) => register.name);

/** The counters that are marked for it are billed on, the others are kept as counters. */
export function pointsOf(
  profile: MeterProfile,
  registers: readonly string[],
  ids: Readonly<Record<string, Meter['points'][number]['id']>>,
): Meter['points'] {
  return profile.registers.flatMap((register) => {
    const id = ids[register.name];
    if (id === undefined || !registers.includes(register.name)) return [];
    const kind = register.role === 'counter' ? (register.billing ? 'billing' : 'counter') : 'gauge';
    return [{ id, register: register.name, class: kind } as const];
  });
}

function parseYaml(text: string): Checked<unknown> {
  const document = parseDocument(text, { uniqueKeys: true, version: '1.2' });
  const [error] = document.errors;
  if (error) {
    const line = error.linePos?.[0].line;
    return fault(
      line ? `line ${line}` : '',
      error.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? 'is not YAML',
      'correct the YAML',
    );
  }
  try {
    return { ok: true, value: document.toJS({ maxAliasCount: 0 }) };
  } catch {
    return fault('', 'has aliases (&, *)', 'write the values out');
  }
}

const fault = (path: string, what: string, remedy: string): { ok: false; faults: Fault[] } => ({
  ok: false,
  faults: [{ path, problem: what, remedy }],
});

const firstTwice = (names: readonly string[]): string | undefined =>
  names.find((each, i) => names.indexOf(each) !== i);
