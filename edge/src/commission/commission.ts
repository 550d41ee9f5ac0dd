import {
  type Bus,
  type CommissionedMeter,
  type Ids,
  journalRecordSchema,
  type Meter,
  type MeterProfile,
} from '@meterline/contracts';
import { pointsOf, usual } from '../desired/local-file.ts';
import type { Reading } from '../meters/readings.ts';
import { type Between, countersBetween, type DisplayJudged, judgeDisplay } from './display.ts';
import { type CommissionFinding, contradictions, findingsOf } from './findings.ts';

/** What a technician says about one meter. */
export interface Answers {
  readonly unit: number;
  /** The label: what people call the meter. */
  readonly name: string;
  readonly room?: string | undefined;
  readonly role: 'main' | 'sub';
  /** As printed on the meter; undefined: as the meter says itself. */
  readonly serial?: string | undefined;
  /** By register, as the display shows it. */
  readonly display: Readonly<Record<string, string>>;
  readonly switch: readonly string[];
  readonly never: readonly string[];
  /** A doubtful profile was compared with the display, and is right. */
  readonly acknowledged: boolean;
  /** Differences were looked into and are right (a transformer ratio, a display on another page). */
  readonly despite?: boolean | undefined;
  /** Who: an id, not a name. */
  readonly by?: string | undefined;
}

/** The meter as it was read before and after the technician looked at it. */
export interface TwoReads {
  readonly first: readonly Reading[];
  readonly second: readonly Reading[];
}

export interface Displayed {
  readonly register: string;
  readonly judged: DisplayJudged;
}

export type Commissioned =
  | {
      readonly ok: true;
      readonly commissioned: CommissionedMeter;
      readonly findings: readonly CommissionFinding[];
      readonly displayed: readonly Displayed[];
    }
  | {
      readonly ok: false;
      readonly problems: readonly string[];
      readonly findings: readonly CommissionFinding[];
      readonly displayed: readonly Displayed[];
    };

interface Context {
  readonly ids: Ids;
  readonly bus: Bus;
  readonly profile: MeterProfile;
  /** UTC; null while the time is not known: then nothing that needs a time is said. */
  readonly utc: number | null;
}

/** Judges the answers and mints the points. Pure but for the ids. */
export function commissionMeter(answers: Answers, reads: TwoReads, context: Context): Commissioned {
  const { profile } = context;
  const counters = countersBetween(reads.first, reads.second);
  const findings = findingsOf(profile, reads.second, counters);
  const displayed = Object.entries(answers.display).map(([register, typed]): Displayed => {
    const between = counters.find((each) => each.register.name === register);
    const judged: DisplayJudged = between
      ? judgeDisplay(between, typed, counters)
      : { is: 'unreadable', text: `${register} was not read` };
    return { register, judged };
  });
  const serial = serialOf(answers, reads.second, profile);
  const otherModel = answers.despite ? [] : contradictions(profile.identity.probes, reads.second);
  const problems = [
    ...otherModel.map((text) => `profile: ${text}: is it another model?`),
    ...displayed.flatMap((each) => displayProblem(each, answers)),
    ...(typeof serial === 'object' && serial !== null ? [serial.problem] : []),
    ...controlProblems(answers, profile),
    ...acknowledgementProblems(answers, displayed, context),
  ];
  if (problems.length > 0 || (typeof serial === 'object' && serial !== null)) {
    return { ok: false, problems, findings, displayed };
  }
  const commissioned = recordOf(answers, serial, counters, context);
  const judged = journalRecordSchema.safeParse({ kind: 'commission', t: RECORD_TIME, meter: commissioned });
  if (judged.success) return { ok: true, commissioned, findings, displayed };
  const [issue] = judged.error.issues;
  return {
    ok: false,
    problems: [`${issue?.path.slice(1).join('.')}: ${issue?.message}`],
    findings,
    displayed,
  };
}

const RECORD_TIME = Date.UTC(2030, 0, 1);

function displayProblem({ register, judged }: Displayed, { despite }: Answers): string[] {
  if (judged.is === 'same' || (judged.is === 'differs' && despite)) return [];
  const hint = judged.is === 'differs' && judged.hint ? `; ${judged.hint}` : '';
  return [`${register}: ${judged.text}${hint}`];
}

function serialOf(
  { serial: typed }: Answers,
  readings: readonly Reading[],
  { identity }: MeterProfile,
): string | null | { problem: string } {
  const decoded = readings.find(({ register }) => register.name === identity.serial)?.decoded;
  const read = decoded?.kind === 'identity' && decoded.text.trim() !== '' ? decoded.text.trim() : null;
  if (typed === undefined || typed.trim() === '') return read;
  const plain = (text: string) => text.replace(/[\s-]/g, '').replace(/^0+/, '').toUpperCase();
  if (read !== null && plain(read) !== plain(typed)) {
    return {
      problem: `serial: the meter says ${read}, ${typed} was entered: is this the meter in front of you?`,
    };
  }
  return read ?? typed.trim();
}

function controlProblems(answers: Answers, { id, switching = [] }: MeterProfile): string[] {
  const known = switching.map(({ name }) => name);
  const unknown = [...answers.switch, ...answers.never].find((name) => !known.includes(name));
  const both = answers.switch.find((name) => answers.never.includes(name));
  return [
    ...(unknown === undefined
      ? []
      : [`switch: ${id} has no "${unknown}"${known.length > 0 ? `; it has ${known.join(', ')}` : ''}`]),
    ...(both === undefined ? [] : [`switch: ${both} cannot be both allowed and never`]),
  ];
}

/** Whoever acknowledges a doubtful profile has seen the display: it is written down what it showed. */
function acknowledgementProblems(
  { acknowledged, by }: Answers,
  displayed: readonly Displayed[],
  { profile, utc }: Context,
): string[] {
  if (!acknowledged || profile.confidence === 'high') return [];
  const billing = profile.registers.filter((register) => register.role === 'counter' && register.billing);
  const seen = billing.some(({ name }) => displayed.some((each) => each.register === name));
  return [
    ...(seen
      ? []
      : [`acknowledged: enter what the display shows for ${billing.map(({ name }) => name).join(' or ')}`]),
    ...(by === undefined ? ['acknowledged: say by whom (an id, not a name)'] : []),
    ...(utc === null
      ? ['acknowledged: the time is not known yet, so it cannot be said when; acknowledge it at the hub']
      : []),
  ];
}

function recordOf(
  answers: Answers,
  serial: string | null,
  counters: readonly Between[],
  context: Context,
): CommissionedMeter {
  const { ids, bus, profile, utc } = context;
  const { unit, name, role, room, by, display } = answers;
  const registers = usual(profile);
  const points = pointsOf(
    profile,
    registers,
    Object.fromEntries(registers.map((each) => [each, ids.point()])),
  );
  const ref = `${profile.id}@${profile.version}`;
  const named = new Set([...answers.switch, ...answers.never]);
  const controls = [...named].map((control) => ({
    name: control,
    enabled: answers.switch.includes(control),
    ...(answers.never.includes(control) && { never: true }),
  }));
  const isDoubtful =
    profile.confidence !== 'high' && answers.acknowledged && by !== undefined && utc !== null;
  const meter: Meter = {
    id: ids.meter(),
    bus: bus.id,
    unit,
    profile: ref,
    serial,
    role,
    label: name,
    points,
    ...(controls.length > 0 && { controls }),
    ...(isDoubtful && { acknowledged: [{ profile: ref, what: 'confidence' as const, at: utc, by }] }),
  };
  const shown = Object.entries(display).flatMap(([register, typed]) => {
    const point = points.find((each) => each.register === register);
    const count = counters.find((each) => each.register.name === register)?.after;
    if (!point || count === undefined) return [];
    return [
      {
        point: point.id,
        shown: typed.trim().slice(0, 40),
        count: String(count),
        ...(utc !== null && { at: utc }),
      },
    ];
  });
  return {
    meter,
    bus,
    ...(room !== undefined && room !== '' && { room }),
    ...(shown.length > 0 && { display: shown }),
    ...(by !== undefined && { by }),
  };
}
