import { type Bus, GAUGE_UNITS, type Ids, type MeterProfile } from '@meterline/contracts';
import { type ProfileSet, resolveProfile } from '../meters/profile-store.ts';
import type { Reading } from '../meters/readings.ts';
import { type Answers, commissionMeter } from './commission.ts';
import type { CommissionedStore } from './commissioned-store.ts';
import { countersBetween, countText, displayUnit } from './display.ts';
import type { FoundMeter, Prompter, ReadMeter } from './ports.ts';

export interface InterviewParts {
  readonly prompter: Prompter;
  readonly read: ReadMeter;
  readonly profiles: ProfileSet;
  readonly store: CommissionedStore;
  readonly ids: Ids;
  readonly utc: () => number | null;
  readonly by?: string | undefined;
}

type Asked = 'saved' | 'skipped';

/** Asks all about one meter. Nothing is kept before the last question is answered. */
export async function interview(found: FoundMeter, bus: Bus, parts: InterviewParts): Promise<Asked> {
  const { prompter } = parts;
  prompter.say();
  prompter.say(`── unit ${found.unit} on ${bus.name} ${'─'.repeat(Math.max(2, 60 - bus.name.length))}`);
  const profile = await chooseProfile(found, parts);
  if (!profile) return 'skipped';
  const first = await parts.read(bus.url, found.unit, profile);
  if (!first.ok) {
    prompter.say(`  cannot be read: ${first.problem}`);
    return 'skipped';
  }
  showValues(prompter, first.readings);
  for (let answers: Answers | undefined; ; ) {
    answers = await askAll(found.unit, profile, first.readings, parts, answers);
    const second = await parts.read(bus.url, found.unit, profile);
    if (!second.ok) {
      prompter.say(`  cannot be read any more: ${second.problem}`);
      return 'skipped';
    }
    const asked = await conclude(
      answers,
      { first: first.readings, second: second.readings },
      { profile, bus },
      parts,
    );
    if (asked !== 'again') return asked;
  }
}

async function conclude(
  answers: Answers,
  reads: { first: readonly Reading[]; second: readonly Reading[] },
  { profile, bus }: { profile: MeterProfile; bus: Bus },
  parts: InterviewParts,
): Promise<Asked | 'again'> {
  const { prompter, store, ids, utc } = parts;
  const context = { ids, bus, profile, utc: utc() };
  let made = commissionMeter(answers, reads, context);
  prompter.say();
  for (const { state, text } of made.findings) prompter.say(`  ${state === 'ok' ? '✓' : '!'} ${text}`);
  for (const { judged, register } of made.displayed) {
    if (judged.is === 'same') prompter.say(`  ✓ ${register}: ${judged.text}`);
  }
  if (!made.ok) {
    for (const problem of made.problems) prompter.say(`  ! ${problem}`);
    const isDifference = made.displayed.some(({ judged }) => judged.is === 'differs');
    const next = await prompter.choose(
      'What now?',
      [
        { value: 'again', text: 'answer again' },
        { value: 'skipped', text: 'leave this meter out for now' },
        ...(isDifference
          ? [{ value: 'despite' as const, text: 'the difference is right (a transformer ratio): keep it' }]
          : []),
      ],
      'again',
    );
    if (next !== 'despite') return next;
    made = commissionMeter({ ...answers, despite: true }, reads, context);
    if (!made.ok) {
      for (const problem of made.problems) prompter.say(`  ! ${problem}`);
      return 'again';
    }
  }
  const { label, points, controls = [] } = made.commissioned.meter;
  const may = controls
    .map(({ name, enabled }) => `${name} ${enabled ? 'may be switched' : 'never'}`)
    .join(', ');
  prompter.say(`  ${label}: ${profile.id}, ${points.length} points${may && `, ${may}`}`);
  const next = await prompter.choose(
    'Keep it?',
    [
      { value: 'saved', text: 'yes, keep it' },
      { value: 'again', text: 'no, answer again' },
      { value: 'skipped', text: 'leave it out for now' },
    ],
    'saved',
  );
  if (next === 'saved') store.add(made.commissioned);
  return next;
}

async function chooseProfile(
  found: FoundMeter,
  { prompter, profiles }: InterviewParts,
): Promise<MeterProfile | undefined> {
  const known = found.candidates.flatMap((candidate) => {
    const loaded = profiles.profiles.get(candidate.profile);
    return loaded ? [{ ...candidate, loaded }] : [];
  });
  const other = { value: 'other', text: 'another model' };
  const skip = { value: 'skip', text: 'leave it out for now' };
  const choices = known.slice(0, 6).map(({ loaded, verdict }) => ({
    value: loaded.profile.id,
    text: `${loaded.profile.vendor} ${loaded.profile.models.join(', ')} (${verdict}${loaded.profile.confidence === 'high' ? '' : `, profile of ${loaded.profile.confidence} confidence`})`,
  }));
  const first = choices[0]?.value ?? 'other';
  const chosen = await prompter.choose('Which model is it?', [...choices, other, skip], first);
  if (chosen === 'skip') return undefined;
  if (chosen !== 'other') return profiles.profiles.get(chosen)?.profile;
  const id = await prompter.ask('Profile (see meterline-edge profiles)', {
    check: (text) => (profiles.profiles.has(text.replace(/@.*$/, '')) ? null : 'there is no such profile'),
  });
  const resolved = resolveProfile(profiles, profiles.profiles.get(id.replace(/@.*$/, ''))?.ref ?? id);
  return resolved.ok ? resolved.loaded.profile : undefined;
}

function showValues(prompter: Prompter, readings: readonly Reading[]): void {
  for (const { register, decoded } of readings) {
    const value =
      decoded.kind === 'counter'
        ? countText(register, decoded.count)
        : decoded.kind === 'gauge' && register.role === 'gauge'
          ? gaugeText(decoded.value, register.unit)
          : decoded.kind === 'identity'
            ? decoded.text
            : undefined;
    if (value !== undefined) prompter.say(`  ${register.name.padEnd(28)} ${value}`);
  }
}

/** Volts, not millivolts. */
function gaugeText(value: number, unit: keyof typeof GAUGE_UNITS): string {
  const { of, factor } = GAUGE_UNITS[unit];
  return `${Number((value / factor).toFixed(4))} ${of}`.trim();
}

const notEmpty = (text: string): string | null => (text.trim() === '' ? 'something is needed here' : null);

async function askAll(
  unit: number,
  profile: MeterProfile,
  readings: readonly Reading[],
  { prompter, by, store }: InterviewParts,
  before: Answers | undefined,
): Promise<Answers> {
  const taken = new Set(store.all().map(({ commissioned }) => commissioned.meter.label));
  const name = await prompter.ask('Name of the meter (for example 101 electricity)', {
    ...(before && { standard: before.name }),
    check: (text) => notEmpty(text) ?? (taken.has(text.trim()) ? 'another meter has this name' : null),
  });
  const room = await prompter.ask('Room (empty: none)', { standard: before?.room ?? '' });
  const role = await prompter.choose(
    'What does it measure?',
    [
      { value: 'sub', text: 'one room or circuit' },
      { value: 'main', text: 'the whole building or floor' },
    ],
    before?.role ?? 'sub',
  );
  const serial = await prompter.ask('Serial number on the meter (empty: as the meter says)', {
    standard: '',
  });
  const display = await askDisplay(profile, readings, prompter);
  const acknowledged = await askAcknowledged(profile, Object.keys(display).length > 0, prompter, by);
  const controls = await askControls(profile, prompter);
  return {
    unit,
    name: name.trim(),
    room: room.trim() || undefined,
    role,
    serial: serial.trim() || undefined,
    display,
    acknowledged,
    ...controls,
    by,
  };
}

async function askDisplay(
  profile: MeterProfile,
  readings: readonly Reading[],
  prompter: Prompter,
): Promise<Record<string, string>> {
  const display: Record<string, string> = {};
  const counters = countersBetween(readings, readings);
  for (const register of profile.registers) {
    const there = counters.find((each) => each.register.name === register.name);
    if (register.role !== 'counter' || !register.billing || !there) continue;
    const shown = await prompter.ask(
      `What does the display show for ${register.name}, in ${displayUnit(there)}? (empty: it cannot be seen)`,
      { standard: '' },
    );
    if (shown.trim() !== '') display[register.name] = shown.trim();
  }
  return display;
}

async function askAcknowledged(
  profile: MeterProfile,
  hasSeen: boolean,
  prompter: Prompter,
  by: string | undefined,
): Promise<boolean> {
  if (profile.confidence === 'high') return false;
  prompter.say(
    `  The profile of this model is of ${profile.confidence} confidence. Before it is billed on, compare:`,
  );
  for (const what of profile.verify ?? []) prompter.say(`    · ${what}`);
  if (!hasSeen || by === undefined) {
    const why = hasSeen ? 'say who you are with --by' : 'the display was not seen';
    prompter.say(`  It is read but not billed on until somebody has (${why}).`);
    return false;
  }
  return prompter.confirm('Have you compared all of it, and is it right?', false);
}

async function askControls(
  profile: MeterProfile,
  prompter: Prompter,
): Promise<Pick<Answers, 'switch' | 'never'>> {
  const [allowed, never]: [string[], string[]] = [[], []];
  for (const { name, kind, models } of profile.switching ?? []) {
    const only = models ? ` (only on ${models.join(', ')})` : '';
    const said = await prompter.choose(
      `May the ${kind} "${name}" be switched from afar?${only}`,
      [
        { value: 'no', text: 'not for now' },
        { value: 'yes', text: 'yes: a room, with nothing behind it that must not stop' },
        { value: 'never', text: 'never: a lift, a pump, fire, a common circuit' },
      ],
      'no',
    );
    if (said === 'yes') allowed.push(name);
    if (said === 'never') never.push(name);
  }
  return { switch: allowed, never };
}
