import {
  type Bus,
  type Config,
  type ConfigReport,
  check,
  configSchema,
  type Fault,
  type GatewayId,
  type Meter,
  type MeterProfile,
  ORDERS,
  orderWords,
} from '@meterline/contracts';
import { type ProfileSet, profileFaultLine, resolveProfile, withProfiles } from '../meters/profile-store.ts';
import { type PortAddress, PortUrlError, parsePortUrl } from '../wire/port-url.ts';

export type Problem = ConfigReport['problems'][number];

/** A meter that is read but not billed on, and what a person compares before that changes. */
export interface Unverified {
  readonly meter: Meter;
  readonly confidence: MeterProfile['confidence'];
  readonly verify: readonly string[];
}

export type Judged =
  | {
      readonly ok: true;
      readonly config: Config;
      /** The agent's models and those that came with the configuration. */
      readonly profiles: ProfileSet;
      readonly unverified: readonly Unverified[];
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export interface JudgeContext {
  readonly gateway: GatewayId;
  readonly profiles: ProfileSet;
}

const PROBLEMS_MAX = 100;

/** All that can be known without touching a wire: whether this gateway can run this configuration, and why not. */
export function judgeConfig(input: unknown, { gateway, profiles: own }: JudgeContext): Judged {
  const checked = check<Config>(configSchema, input);
  if (!checked.ok) return refused(checked.faults.map(fromFault));
  const config = checked.value;
  if (config.gateway !== gateway)
    return refused([problem('gateway', 'wrong-gateway', `is of ${config.gateway}`)]);
  const profiles = withProfiles(own, config.profiles ?? [], 'the configuration');
  const problems = [
    ...profiles.faults
      .slice(own.faults.length)
      .map((fault) => problem('profiles', 'profile-clash', profileFaultLine(fault))),
    ...portProblems(config.buses),
    ...config.meters.flatMap((meter, i) => meterProblems(meter, `meters[${i}]`, profiles)),
  ];
  if (problems.length > 0) return refused(problems);
  return { ok: true, config, profiles, unverified: unverifiedOf(config, profiles) };
}

const refused = (problems: readonly Problem[]): Judged => ({
  ok: false,
  problems: problems.slice(0, PROBLEMS_MAX),
});

export const problem = (path: string, code: string, message: string): Problem => ({
  path: path.slice(0, 200),
  code,
  message: message.replace(/\p{Cc}|\p{Cs}/gu, ' ').slice(0, 300) || code,
});

const fromFault = ({ path, problem: what, remedy }: Fault): Problem =>
  problem(path, 'malformed', `${what}; ${remedy}`);

function portProblems(buses: readonly Bus[]): Problem[] {
  const problems: Problem[] = [];
  const taken = new Map<string, number>();
  for (const [i, { url }] of buses.entries()) {
    const path = `buses[${i}].url`;
    const address = parsed(url);
    if (typeof address === 'string') {
      problems.push(problem(path, 'bad-port', address));
      continue;
    }
    const place = placeOf(address);
    const other = taken.get(place);
    if (other !== undefined) {
      const why = `is the port of buses[${other}] too: two masters on one line disturb each other`;
      problems.push(problem(path, 'port-clash', why));
    }
    taken.set(place, i);
  }
  return problems;
}

function parsed(url: string): PortAddress | string {
  try {
    return parsePortUrl(url);
  } catch (error) {
    if (error instanceof PortUrlError) return error.message;
    throw error;
  }
}

/** Where it leads, whatever the line settings: two of them at one place are one line. */
const placeOf = (address: PortAddress): string =>
  address.kind === 'serial' ? address.path : `${address.host.toLowerCase()}:${address.port}`;

function meterProblems(meter: Meter, path: string, profiles: ProfileSet): Problem[] {
  const resolved = resolveProfile(profiles, meter.profile);
  if (!resolved.ok) return [problem(`${path}.profile`, 'unknown-profile', resolved.text)];
  const { profile } = resolved.loaded;
  return [
    ...pointProblems(meter, path, profile),
    ...orderProblems(meter, path, profile),
    ...controlProblems(meter, path, profile),
  ];
}

function pointProblems({ points }: Meter, path: string, profile: MeterProfile): Problem[] {
  const seen = new Set<string>();
  return points.flatMap(({ register: name, class: kind }, i) => {
    const at = `${path}.points[${i}]`;
    const register = profile.registers.find((each) => each.name === name);
    if (!register) {
      const there = profile.registers
        .filter(({ role }) => role === 'counter' || role === 'gauge')
        .map((r) => r.name);
      return [
        problem(
          `${at}.register`,
          'unknown-register',
          `${profile.id} has no "${name}"; it has ${there.join(', ')}`,
        ),
      ];
    }
    // One register may be a counter every 5 minutes and billed on as well, but only once for each.
    const key = `${name}/${kind}`;
    if (seen.has(key)) return [problem(at, 'register-twice', `${name} is a ${kind} point already`)];
    seen.add(key);
    const wanted = kind === 'gauge' ? 'gauge' : 'counter';
    if (register.role !== wanted) {
      return [
        problem(`${at}.class`, 'wrong-class', `${name} is a ${register.role}: it cannot be of class ${kind}`),
      ];
    }
    return [];
  });
}

function orderProblems({ order }: Meter, path: string, profile: MeterProfile): Problem[] {
  if (order === undefined) return [];
  const fits = profile.registers.some((register) =>
    (ORDERS[orderWords(register) as 1] as readonly string[] | undefined)?.includes(order),
  );
  return fits ? [] : [problem(`${path}.order`, 'order-unfit', `${order} fits no register of ${profile.id}`)];
}

function controlProblems({ controls = [] }: Meter, path: string, profile: MeterProfile): Problem[] {
  const known = (profile.switching ?? []).map(({ name }) => name);
  const seen = new Set<string>();
  return controls.flatMap(({ name, enabled, never }, i) => {
    const at = `${path}.controls[${i}]`;
    if (seen.has(name)) return [problem(`${at}.name`, 'control-twice', `${name} is listed already`)];
    seen.add(name);
    if (!known.includes(name)) {
      const there = known.length > 0 ? `it has ${known.join(', ')}` : 'it can switch nothing';
      return [problem(`${at}.name`, 'unknown-control', `${profile.id} has no "${name}"; ${there}`)];
    }
    if (enabled && never) {
      return [problem(`${at}.enabled`, 'never-switch', `${name} is marked never: it cannot be enabled`)];
    }
    return [];
  });
}

/** The same rule by which polling marks readings. */
export function isAcknowledged(meter: Meter, { confidence }: Pick<MeterProfile, 'confidence'>): boolean {
  if (confidence === 'high') return true;
  return (meter.acknowledged ?? []).some(
    ({ what, profile }) => what === 'confidence' && profile === meter.profile,
  );
}

function unverifiedOf({ meters }: Config, profiles: ProfileSet): Unverified[] {
  return meters.flatMap((meter) => {
    const resolved = resolveProfile(profiles, meter.profile);
    if (!resolved.ok || isAcknowledged(meter, resolved.loaded.profile)) return [];
    const { confidence, verify = [] } = resolved.loaded.profile;
    return [{ meter, confidence, verify }];
  });
}
