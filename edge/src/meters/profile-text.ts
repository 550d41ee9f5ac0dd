import {
  type MeterProfile,
  type ProfileRegister,
  parseRatio,
  type Ratio,
  wordsOf,
} from '@meterline/contracts';
import { isBilling } from './wanted.ts';

/** What the command line and the manual say about profiles: text in, text out. */

const hex = (address: number): string => `0x${address.toString(16).toUpperCase().padStart(4, '0')}`;

export const billingOf = (profile: MeterProfile): ProfileRegister[] => profile.registers.filter(isBilling);

/** `4:0x0048 float32` */
export const placeText = (register: ProfileRegister): string =>
  `${register.function}:${hex(register.address)} ${register.type}${register.order ? ` ${register.order}` : ''}`;

const PHASES = { 0: '', 1: ' 1-phase', 3: ' 3-phase' } as const;
export const kindText = (profile: MeterProfile): string => `${profile.medium}${PHASES[profile.phases]}`;

export const switchingText = (profile: MeterProfile): string =>
  (profile.switching ?? []).map(({ kind }) => kind).join(', ');

/** Columns as wide as their widest cell. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>(
    (all, row) => row.map((cell, i) => Math.max(all[i] ?? 0, cell.length)),
    [],
  );
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Everything that a technician needs at the meter. */
export function profileSheet(profile: MeterProfile): string {
  const sections: [string, readonly string[]][] = [
    ['', headLines(profile)],
    ['Registers', [registerTable(profile)]],
    ['Recognised by', profile.identity.probes.map((probe) => expectationText(profile, probe))],
    [
      'Must hold before it is billed on',
      (profile.checks ?? []).map((expected) => expectationText(profile, expected)),
    ],
    ['Verify in the field', profile.verify ?? []],
    ['Switching', switchingLines(profile)],
    ['Never written', (profile.blockedWrites ?? []).map(blockedText)],
    ['Own history', historyLines(profile)],
    ['Notes', profile.notes ?? []],
    ['Sources', profile.sources],
  ];
  return sections
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) =>
      title === '' ? lines.join('\n') : `${title}\n${lines.map(indented).join('\n')}`,
    )
    .join('\n\n');
}

const indented = (line: string): string => line.replace(/^/gm, '  ');

function headLines(profile: MeterProfile): string[] {
  const { line, limits, timing = {}, rating = {} } = profile;
  const stop = line.stop.join(' or ');
  const settings = `${line.baud.join(', ')} baud; parity ${line.parity.join(', ')}; ${stop} stop bit${stop === '1' ? '' : 's'}`;
  const rows: [string, string | undefined][] = [
    ['profile', `${profile.id}@${profile.version}`],
    ['models', `${profile.vendor}: ${profile.models.join(', ')}`],
    ['kind', kindText(profile)],
    [
      'confidence',
      `${profile.confidence}${profile.confidence === 'high' ? '' : ': needs an acknowledgement before it is billed on'}`,
    ],
    ['line', `${settings}${line.certain ? '' : ' (not certain: the likeliest first)'}`],
    ['unit', line.unit === null ? 'on the label' : String(line.unit)],
    ['request', requestText(limits)],
    [
      'silence',
      timing.gapMs === undefined
        ? undefined
        : `${timing.gapMs} ms before a request, of the ${timing.gapScope ?? 'bus'}`,
    ],
    ['answers', answersText(timing)],
    [
      'after power-up',
      timing.afterPowerUpMs === undefined ? undefined : `silent for ${timing.afterPowerUpMs} ms`,
    ],
    ['rating', rating.maxPowerW === undefined ? undefined : `${rating.maxPowerW} W`],
    ['flow', rating.maxFlowLitresPerHour === undefined ? undefined : `${rating.maxFlowLitresPerHour} L/h`],
    ['serial number', profile.identity.serial ?? 'none: a swap shows only in the counter'],
  ];
  const known = rows.filter((row): row is [string, string] => row[1] !== undefined);
  return [table(known)];
}

function requestText({ registers, evenOnly, holes }: MeterProfile['limits']): string {
  const even = evenOnly ? ', even numbers and addresses only' : '';
  return `${registers} registers at most${even}${holes === false ? ', unlisted addresses are refused' : ''}`;
}

function answersText({ typicalMs, longestMs }: NonNullable<MeterProfile['timing']>): string | undefined {
  if (typicalMs === undefined && longestMs === undefined) return undefined;
  const parts = [
    typicalMs && `typically after ${typicalMs} ms`,
    longestMs && `after ${longestMs} ms at the latest`,
  ];
  return parts.filter(Boolean).join(', ');
}

function registerTable({ registers }: MeterProfile): string {
  const head = ['NAME', 'FN', 'ADDRESS', 'TYPE', 'ORDER', 'VALUE', 'REMARKS'];
  const rows = registers.map((register) => [
    register.name,
    String(register.function),
    hex(register.address),
    `${register.type}${wordsOf(register) > 4 ? ` x${wordsOf(register)}` : ''}`,
    register.order ?? '-',
    valueText(register),
    remarks(register),
  ]);
  return table([head, ...rows]);
}

const ratioText = ({ num, den }: Ratio): string => (den === 1n ? String(num) : `${num}/${den}`);

export function valueText(register: ProfileRegister): string {
  switch (register.role) {
    case 'gauge':
      return `x ${ratioText(parseRatio(register.scale))} ${register.unit === '1e-4' ? '1/10000' : register.unit}`;
    case 'counter':
      return `x ${ratioText(parseRatio(register.scale))} counts of ${ratioText(parseRatio(register.worth))} ${register.unit}`;
    default:
      return register.role;
  }
}

function remarks(register: ProfileRegister): string {
  const counter = register.role === 'counter' ? register : undefined;
  const marks = [
    counter?.billing && 'BILLED',
    counter?.resettable && 'resettable',
    counter?.modulus && `rolls over at ${counter.modulus}`,
    register.optional && 'optional',
    register.alone && 'read alone',
    register.sentinels && `no value: ${register.sentinels.join(', ')}`,
    register.note,
  ];
  return marks.filter(Boolean).join('; ');
}

/** Gauges are compared in their unit, everything else as it is counted. */
function unitOf({ registers }: MeterProfile, name: string): string {
  const register = registers.find((candidate) => candidate.name === name);
  return register?.role === 'gauge' && register.unit !== '1e-4' ? ` ${register.unit}` : '';
}

type Expectation = MeterProfile['identity']['probes'][number];

function expectationText(profile: MeterProfile, expectation: Expectation): string {
  const wanted =
    'oneOf' in expectation
      ? expectation.oneOf.join(' or ')
      : `${expectation.between[0]} to ${expectation.between[1]}`;
  const why = expectation.why ? ` (${expectation.why})` : '';
  return `${expectation.register} is ${wanted}${unitOf(profile, expectation.register)}${why}`;
}

function switchingLines(profile: MeterProfile): string[] {
  return (profile.switching ?? []).map(({ name, write, readBack, settleMs, maxLoad, models }) => {
    const states = Object.entries(write.values)
      .map(([state, value]) => `${state} = ${value}`)
      .join(', ');
    const parts = [
      `${name}: write ${hex(write.address)} with function ${write.function} (${states})`,
      `read back ${readBack.function}:${hex(readBack.address)}`,
      settleMs === undefined ? undefined : `after ${settleMs} ms`,
      maxLoad && `refused above ${maxLoad.register} ${maxLoad.value}${unitOf(profile, maxLoad.register)}`,
      models && `only on ${models.join(', ')}`,
    ];
    return parts.filter(Boolean).join('; ');
  });
}

export function blockedText({
  function: code,
  from,
  to,
  why,
}: NonNullable<MeterProfile['blockedWrites']>[number]): string {
  const range = from === undefined ? '' : from === to ? hex(from) : `${hex(from)} to ${hex(to ?? from)}`;
  const fn = code === undefined ? '' : `function ${code > 16 ? hex(code).replace('0x00', '0x') : code}`;
  return `${[fn, range].filter(Boolean).join(', ')}: ${why}`;
}

function historyLines({ history }: MeterProfile): string[] {
  if (!history) return [];
  const { hours, days, months, note } = history;
  const kept = [hours && `${hours} hours`, days && `${days} days`, months && `${months} months`];
  return [`${kept.filter(Boolean).join(', ')}${note ? ` (${note})` : ''}`];
}
