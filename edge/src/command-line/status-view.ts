import { sizeText, spanText } from '../doctor/finding.ts';
import type { AgentSnapshot, SnapshotBus, SnapshotMeter, SnapshotValue } from '../snapshot.ts';
import { ALERT_TEXTS } from '../store/index.ts';
import { COLOURS, type Column, painted, tableLines } from './table.ts';
import { cut, harmless, wrap } from './text-width.ts';
import { forPeople } from './values.ts';

export interface ViewOptions {
  readonly width: number;
  readonly coloured: boolean;
}

const { green, yellow, red, grey, bold } = COLOURS;
const LABEL = 9;

interface ShownMeter extends Omit<SnapshotMeter, 'state'> {
  readonly state: SnapshotMeter['state'] | 'not asked';
}
interface ShownBus extends Omit<SnapshotBus, 'meters'> {
  readonly meters: readonly ShownMeter[];
}

/** Nothing is known of a meter that cannot be asked: that it was well when its port closed is no news. */
const shown = (bus: SnapshotBus): ShownBus => ({
  ...bus,
  meters: bus.meters.map((meter) =>
    bus.state === 'closed' && meter.state === 'ok' ? { ...meter, state: 'not asked' } : meter,
  ),
});

/** What a running gateway is about: lines of at most `width` columns, the same text with or without colours. */
export function statusLines(snapshot: AgentSnapshot, options: ViewOptions): string[] {
  const buses = snapshot.buses.map(shown);
  // One layout for all lines, so that the eye can run down the page.
  const meters = buses.flatMap((bus) => bus.meters);
  const { head, body } = tableLines(meters, COLUMNS, options);
  const rows = new Map(meters.map((meter, i) => [meter, body[i] ?? '']));
  const table = (bus: ShownBus): string[] => [
    options.coloured ? painted(head, grey) : head,
    ...bus.meters.map((meter) => rows.get(meter) ?? ''),
  ];
  return [
    ...factLines(headFacts(snapshot, buses), options),
    ...buses.flatMap((bus) => [
      '',
      ...busHead(bus, options),
      ...(bus.meters.length > 0 ? table(bus) : ['no meters']),
      ...remarkLines(bus.meters, options),
    ]),
    ...(buses.length === 0 ? ['', 'No line is configured yet: nothing is read.'] : []),
  ];
}

/** A name, what there is to say, and how bad it is. */
type Fact = readonly [name: string, text: string, colour?: string | undefined];

function factLines(facts: readonly Fact[], { width, coloured }: ViewOptions): string[] {
  return facts.flatMap(([name, text, colour]) =>
    wrap(harmless(text), Math.max(20, width - LABEL)).map((line, i) => {
      const shown = coloured && colour !== undefined ? painted(line, colour) : line;
      return `${(i === 0 ? name : '').padEnd(LABEL)}${shown}`;
    }),
  );
}

function headFacts(snapshot: AgentSnapshot, buses: readonly ShownBus[]): Fact[] {
  const { agent, gateway, uptimeMs, problems } = snapshot;
  return [
    ['gateway', `${gateway}, ${agent}, up ${spanText(uptimeMs)}`],
    clockFact(snapshot),
    configFact(snapshot),
    uplinkFact(snapshot),
    ...dataFacts(snapshot),
    ...journalFacts(snapshot),
    ...metersFacts(buses),
    ...problems.map((problem): Fact => ['problem', problem, yellow]),
  ];
}

/** At the top, where it is seen whatever the window has no room for. */
function metersFacts(buses: readonly ShownBus[]): Fact[] {
  const states = buses.flatMap(({ meters }) => meters.map(({ state }) => state));
  if (states.length === 0) return [];
  const counted = [...new Set(states)]
    .toSorted((a, b) => SEVERITY.indexOf(a) - SEVERITY.indexOf(b))
    .map((state) => `${states.filter((each) => each === state).length} ${state}`);
  const worst = SEVERITY.findLast((state) => states.includes(state)) ?? 'ok';
  const colour = worst === 'ok' ? undefined : STATE_COLOURS[worst];
  return [['meters', `${states.length}: ${counted.join(', ')}`, colour]];
}

const SEVERITY = ['ok', 'unverified', 'not asked', 'swapped', 'failing', 'silent'] as const;

const timeText = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

function clockFact({ at, clock }: AgentSnapshot): Fact {
  if (at === null) {
    const why = `not synchronised (this machine says ${timeText(clock.wall)}): nothing is sent or billed on before it is`;
    return ['clock', why, red];
  }
  return ['clock', `${timeText(at)}, by ${clock.source} to ± ${clock.uncertainty ?? '?'} ms`];
}

function configFact({ config }: AgentSnapshot): Fact {
  if (!config || (config.running === 0 && config.desired === 0)) return ['config', 'none yet', yellow];
  const { running, desired, state, problems } = config;
  const runs = running === 0 ? 'none runs' : `version ${running} runs`;
  const what = problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  switch (state) {
    case 'applied':
      return ['config', [runs, ...what].join('; '), what.length > 0 ? yellow : undefined];
    case 'pending':
      return ['config', `${runs} on trial; it is kept when all meters answer`, yellow];
    default:
      return [
        'config',
        [`${runs}; version ${desired} was ${state.replace('-', ' ')}`, ...what].join('; '),
        red,
      ];
  }
}

function uplinkFact({ uplink }: AgentSnapshot): Fact {
  if (!uplink) return ['uplink', 'not enrolled: readings are kept here, nothing is sent', yellow];
  const { connected, problem, attempts, sent, receipted, receiptMs, watched, refused } = uplink;
  const disbelieved = refused.reduce((sum, { count }) => sum + count, 0);
  const more = [
    `${sent} batches sent`,
    `${receipted} receipted${receiptMs.median === null ? '' : ` (half within ${tookText(receiptMs.median)}, 99 % within ${tookText(receiptMs.p99 ?? receiptMs.median)})`}`,
    watched && 'somebody watches',
    disbelieved > 0 && `${disbelieved} messages not believed`,
  ].filter(Boolean);
  if (connected) return ['uplink', ['connected', ...more].join(', '), disbelieved > 0 ? yellow : undefined];
  return [
    'uplink',
    `not connected after ${attempts} attempts: ${problem ?? 'connecting'}; ${more.join(', ')}`,
    red,
  ];
}

const tookText = (ms: number): string =>
  ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;

function dataFacts({ uplink }: AgentSnapshot): Fact[] {
  if (!uplink) return [];
  const { today, thisMonth, budget, forecast } = uplink.data;
  const used = thisMonth.sent + thisMonth.received;
  const of = budget === null ? '' : ` of ${sizeText(budget)}`;
  const pace = forecast === null ? '' : `; at this pace ${Math.round(forecast * 100)} % of it by its end`;
  const text = `${sizeText(used)}${of} this month, ${sizeText(today.sent + today.received)} today${pace}`;
  const spent = budget !== null && used >= budget;
  return [['data', text, spent ? red : (forecast ?? 0) > 1 ? yellow : undefined]];
}

function journalFacts({ journal, at }: AgentSnapshot): Fact[] {
  if (!journal) return [['journal', 'cannot be opened', red]];
  const { waiting, batches, oldest, used, budget, disk, alerts, quarantined } = journal;
  const depth = Object.entries(waiting).map(([kind, rows]) => `${rows} ${kind}`);
  const since =
    oldest === null || at === null ? '' : `, the oldest for ${spanText(Math.max(0, at - oldest))}`;
  const room = `${Math.round((used * 100) / Math.max(1, budget))} % of ${sizeText(budget)} used, ${sizeText(disk.free)} of the disk free`;
  return [
    [
      'journal',
      `to send: ${depth.join(', ')}; ${batches === 1 ? '1 batch waits' : `${batches} batches wait`}${since}`,
    ],
    ['', room],
    ...alerts.map((alert): Fact => ['', ALERT_TEXTS[alert], red]),
    ...quarantined.map((file): Fact => ['', `put aside: ${file}`, yellow]),
  ];
}

const STATE_OF_BUS = { open: 'open', closed: 'PORT CLOSED', failing: 'NOBODY ANSWERS' } as const;

function busHead(bus: ShownBus, { width, coloured }: ViewOptions): string[] {
  const { name, url, state, problem, loadPermille, demandPermille, overloaded, watched } = bus;
  const { requests, timeouts, crcErrors, exceptions } = bus;
  const facts = [
    `load ${percent(loadPermille)}`,
    overloaded && `OVERLOADED (${percent(demandPermille)} asked for): intervals have become longer`,
    `${requests} requests`,
    `${timeouts} without an answer, ${crcErrors} damaged, ${exceptions} refused`,
    watched && 'watched',
  ].filter(Boolean);
  const title = harmless(url === null ? name : `${name}  ${url}`);
  const what = problem === null ? STATE_OF_BUS[state] : `${STATE_OF_BUS[state]} (${problem})`;
  const lines = wrap(harmless([what, ...facts].join(', ')), width);
  const colour = state === 'open' ? (overloaded ? yellow : undefined) : red;
  return [
    ...wrap(title, width).map((line) => (coloured ? painted(line, bold) : line)),
    ...lines.map((line) => (coloured && colour !== undefined ? painted(line, colour) : line)),
  ];
}

const percent = (permille: number): string => `${Math.round(permille / 10)} %`;

const errorsOf = ({ errors }: ShownMeter): number =>
  Object.values(errors).reduce<number>((sum, count) => sum + (count ?? 0), 0);

const stateText = ({ state, breaker }: ShownMeter): string =>
  breaker === 'open' && state !== 'silent' ? `${state}, resting` : state;

const DOUBTS = { unverified: yellow, swapped: yellow, 'not asked': yellow } as const;
const STATE_COLOURS = { ok: green, silent: red, failing: red, ...DOUBTS } as const;

const COLUMNS: readonly Column<ShownMeter>[] = [
  { title: 'UNIT', side: 'right', cell: ({ unit }) => String(unit) },
  {
    title: 'METER',
    least: 16,
    cell: ({ label, role }) => harmless(role === 'main' ? `${label} (main)` : label),
  },
  { title: 'MODEL', least: 10, keep: 'end', spare: 4, cell: ({ profile }) => profile.replace(/@.*$/, '') },
  { title: 'COUNT', side: 'right', spare: 1, cell: ({ values }) => countText(values) },
  { title: 'NOW', side: 'right', spare: 5, cell: ({ values }) => nowText(values) },
  { title: 'AGE', side: 'right', spare: 2, cell: ({ ageMs }) => ageText(ageMs) },
  {
    title: 'TURN',
    side: 'right',
    spare: 6,
    cell: ({ turnaroundMs }) => (turnaroundMs === null ? '-' : `${Math.round(turnaroundMs)} ms`),
  },
  { title: 'ERRORS', side: 'right', spare: 3, cell: (meter) => String(errorsOf(meter)) },
  { title: 'STATE', cell: stateText, colour: ({ state }) => STATE_COLOURS[state] },
];

/** What is billed on; else whatever is counted. */
function countText(values: readonly SnapshotValue[]): string {
  const counted =
    values.find((value) => value.class === 'billing') ?? values.find((value) => value.class === 'counter');
  return counted ? valueText(counted) : '-';
}

const FLOWS = ['mW', 'mL/h'];

function nowText(values: readonly SnapshotValue[]): string {
  const gauges = values.filter((value) => value.class === 'gauge');
  const gauge = gauges.find(({ unit }) => unit !== null && FLOWS.includes(unit)) ?? gauges[0];
  return gauge ? valueText(gauge, 1) : '-';
}

/** Counts in full, as on the display of the meter; gauges as precisely as anybody looks at them. */
function valueText(shown: SnapshotValue, places?: number): string {
  const { value, unit } = forPeople(shown);
  const isLong = places !== undefined && /^-?\d+\.\d+$/.test(value);
  return `${isLong ? Number(value).toFixed(places) : value} ${unit}`.trim();
}

function ageText(ms: number | null): string {
  if (ms === null) return 'never';
  const seconds = Math.round(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} d`;
}

/** What the table has no room for; one line for all meters of which the same is to be said. */
function remarkLines(meters: readonly ShownMeter[], { width }: ViewOptions): string[] {
  const remarks = new Map<string, ShownMeter[]>();
  for (const meter of meters)
    for (const text of remarksOf(meter)) remarks.set(text, [...(remarks.get(text) ?? []), meter]);
  return [...remarks].flatMap(([text, of]) => {
    const units = of.map(({ unit }) => unit).join(', ');
    const whose = of.length === 1 ? `unit ${units} ${of[0]?.label}` : `units ${units}`;
    const lines = wrap(harmless(`${whose}: ${text}`), Math.max(20, width - 2));
    return lines.map((line, i) => `${i === 0 ? '→ ' : '  '}${line}`);
  });
}

function remarksOf({ state, problem, refused, errors, timeoutMs }: ShownMeter): string[] {
  const kinds = Object.entries(errors).map(([fault, count]) => `${count} ${fault}`);
  const silent = `no answer within ${Math.round(timeoutMs)} ms: it rests, and is asked now and then (${kinds.join(', ')})`;
  const said = [
    state === 'silent' && silent,
    state === 'unverified' && 'read, but not billed on before somebody has verified it: see profiles show',
    state === 'swapped' && 'another meter answers: its serial number is not the one of the configuration',
    problem !== null && state !== 'silent' && problem,
    refused.length > 0 && state !== 'ok' && `refuses ${refused.join(', ')}`,
  ];
  return said.filter((each) => typeof each === 'string');
}

/** The first so many lines, and how much more there is. */
export function fitted(lines: readonly string[], rows: number, width: number): string[] {
  if (lines.length <= rows) return [...lines];
  const kept = lines.slice(0, Math.max(0, rows - 1));
  const left = lines.length - kept.length;
  return [...kept, cut(`… ${left} more lines: a larger window, or --once, shows all`, width)];
}
