import {
  type Command,
  type Config,
  type Meter,
  type MeterProfile,
  MIN_SWITCH_INTERVAL_MS,
  type Result,
  type SwitchState,
} from '@meterline/contracts';

export type Action<K extends Command['action']['do']> = Extract<Command['action'], { do: K }>;
export type SwitchCommand = Command & { readonly action: Action<'switch'> };
export type Control = NonNullable<MeterProfile['switching']>[number];
export type Because = Extract<Result['outcome'], { is: 'refused' }>['because'];

/** UTC as far as it is known: null when no source has confirmed it. */
export interface Time {
  readonly utc: number | null;
  readonly uncertainty: number;
}

/** All that a decision may look at, before the meter is asked anything. */
export interface Facts {
  readonly command: SwitchCommand;
  readonly time: Time;
  readonly meter: Meter | undefined;
  readonly profile: MeterProfile | undefined;
  readonly control: Control | undefined;
  readonly setting: NonNullable<Meter['controls']>[number] | undefined;
  /** The profile is of high confidence, or somebody has compared it with the display. */
  readonly verified: boolean;
  /** A rule of the profile against writing there. */
  readonly blocked: string | undefined;
  /** Since the meter last gave a value; null: never. */
  readonly readingAgeMs: number | null;
  readonly rules: Config['switching'] | undefined;
}

/** What the meter said just now, and what is remembered of the control. */
export interface Seen {
  readonly state: SwitchState;
  /** The gauge that limits switching; null when it gave no value, undefined when there is no limit. */
  readonly load: number | null | undefined;
  /** Somebody has switched it by hand since the last command. */
  readonly overridden: boolean;
  readonly sinceLastMs: number;
}

export type Refused = { readonly is: 'refused'; readonly because: Because; readonly detail: string };
type Rule<F> = readonly [Because, (facts: F) => string | false | undefined];

/** Clocks may differ by this much: what was issued later than that says that one of them is wrong. */
const AHEAD_MS = 5 * 60_000;

const timeRules: readonly Rule<{ command: Command; time: Time }>[] = [
  [
    'clock-unsynchronised',
    ({ time }) => time.utc === null && 'no source has confirmed the time: the expiry cannot be judged',
  ],
  [
    'clock-unsynchronised',
    ({ time, command }) =>
      command.issued > (time.utc ?? 0) + time.uncertainty + AHEAD_MS &&
      'it was issued in the future: one of the clocks is wrong',
  ],
  // An uncertain clock may be behind: then it is later than it seems.
  [
    'expired',
    ({ time, command }) => (time.utc ?? 0) + time.uncertainty >= command.expires && 'its time is over',
  ],
];

/** Law 17, first half: what can be refused without touching the line. In this order. */
const beforeReading: readonly Rule<Facts>[] = [
  ...timeRules,
  ['unknown-meter', ({ meter }) => !meter && 'no such meter in the configuration that runs'],
  ['unknown-control', ({ control, command }) => !control && `the model has no "${command.action.control}"`],
  [
    'unknown-state',
    ({ control, command: { action } }) =>
      control &&
      wordFor(control, action.to) === undefined &&
      `${action.control} is a ${control.kind}: it cannot be ${action.to}`,
  ],
  [
    'never-switch',
    ({ setting }) => setting?.never && 'it is marked never: a lift, a pump, fire or a common circuit',
  ],
  ['never-switch', ({ blocked }) => blocked],
  ['not-enabled', ({ setting }) => !setting?.enabled && 'it was not enabled when the meter was commissioned'],
  [
    'not-commissioned',
    ({ verified }) => !verified && 'the profile is doubtful and nobody has acknowledged it',
  ],
  ['reading-stale', ({ readingAgeMs }) => readingAgeMs === null && 'the meter has not been read yet'],
  [
    'reading-stale',
    ({ readingAgeMs, rules }) =>
      (readingAgeMs ?? 0) > (rules?.maxReadingAgeMs ?? 0) &&
      `the last reading is ${seconds(readingAgeMs ?? 0)} old`,
  ],
];

/** Law 17, second half: with what the meter says now. In this order. */
const beforeWriting: readonly Rule<Facts & Seen>[] = [
  ...timeRules,
  [
    'local-override',
    ({ overridden, state }) =>
      overridden && `somebody has switched it ${state} by hand; a command that agrees takes it back`,
  ],
  [
    'too-soon',
    ({ sinceLastMs, rules }) =>
      sinceLastMs < pauseOf(rules) &&
      `${seconds(sinceLastMs)} since the last operation, ${seconds(pauseOf(rules))} are needed`,
  ],
  ['load-above-limit', ({ control, load }) => control?.maxLoad && load === null && 'the load cannot be read'],
  [
    'load-above-limit',
    ({ control, load }) =>
      control?.maxLoad &&
      Math.abs(load ?? 0) > control.maxLoad.value &&
      `${control.maxLoad.register} is ${load}, at most ${control.maxLoad.value}`,
  ],
];

const judge = <F>(rules: readonly Rule<F>[], facts: F): Refused | null => {
  for (const [because, broken] of rules) {
    const detail = broken(facts);
    if (detail) return { is: 'refused', because, detail };
  }
  return null;
};

export const refuseUnread = (facts: Facts): Refused | null => judge(beforeReading, facts);
export const refuseUntimely = (facts: { command: Command; time: Time }): Refused | null =>
  judge(timeRules, facts);
export const refuseUnwritten = (facts: Facts, seen: Seen): Refused | null =>
  judge(beforeWriting, { ...facts, ...seen });

/** The word that asks for a state; undefined when the control has no such state. */
export const wordFor = (control: Control, to: string): number | undefined =>
  Object.entries(control.write.values).find(([name]) => name === to)?.[1];

/** Whoever commissioned it may want longer pauses, never shorter ones than the law. */
export const pauseOf = (rules: Config['switching'] | undefined): number =>
  Math.max(rules?.minimumMs ?? 0, MIN_SWITCH_INTERVAL_MS);

const seconds = (ms: number): string => `${Math.round(ms / 1_000)} s`;
