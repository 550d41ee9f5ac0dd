import type { MeterProfile } from '@meterline/contracts';
import { loadProfiles } from './profile-store.ts';
import { billingOf, blockedText, kindText, placeText, switchingText, valueText } from './profile-text.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|');
/** Columns as wide as their widest cell: as the formatter of the house leaves it. */
function grid(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map(cell));
  const widths = head.map((_, i) => Math.max(3, ...cells.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((text, i) => text.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  const [first = [], ...others] = cells;
  return [first, widths.map((width) => '-'.repeat(width)), ...others].map(line).join('\n');
}

const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join('\n');

const INTRODUCTION = `# Meters

Made from \`firmware-contracts/profiles/*.yaml\`; do not edit. Addresses are those on the wire, counted from 0, written
\`function:address\`. Adding a meter is adding a file there: \`meterline-edge profiles check FILE\` says what is wrong with it.

A profile of _high_ confidence may be billed on at once. _Medium_ and _low_ ones need an acknowledgement in the
configuration, by somebody who has verified at the meter what is listed below.`;

/** The page \`docs/meters.md\`. */
export function emitMetersDoc(profiles: readonly MeterProfile[] = bundled()): string {
  const sorted = profiles.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
  return [INTRODUCTION, overview(sorted), ...sorted.map(section)].join('\n\n').concat('\n');
}

const key = ({ medium, id }: MeterProfile): string => `${medium} ${id}`;

function bundled(): MeterProfile[] {
  const { profiles } = loadProfiles();
  return [...profiles.values()].map(({ profile }) => profile);
}

function overview(profiles: readonly MeterProfile[]): string {
  const head = [
    'profile',
    'models',
    'kind',
    'confidence',
    'billed on',
    'registers a request',
    'silence',
    'switches',
  ];
  const rows = profiles.map((profile) => {
    const [first, ...rest] = billingOf(profile);
    const billed = first
      ? `${first.name} ${placeText(first)}${rest.length > 0 ? ` (+${rest.length})` : ''}`
      : '';
    return [
      `[${profile.id}](#${profile.id})`,
      `${profile.vendor} ${profile.models.join(', ')}`,
      kindText(profile),
      profile.confidence,
      billed,
      `${profile.limits.registers}${profile.limits.evenOnly ? ', even' : ''}`,
      profile.timing?.gapMs === undefined ? '' : `${profile.timing.gapMs} ms`,
      switchingText(profile),
    ];
  });
  return grid(head, rows);
}

function section(profile: MeterProfile): string {
  const parts: [string, readonly string[]][] = [
    ['Verify', profile.verify ?? []],
    ['Traps', traps(profile)],
    ['Never written', (profile.blockedWrites ?? []).map(blockedText)],
    ['Sources', profile.sources],
  ];
  const billed = billingOf(profile)[0];
  const unit = billed ? `Billed on \`${billed.name}\`, ${valueText(billed).replace(/^x \S+ /, '')}.` : '';
  return [
    `## ${profile.id}`,
    `${profile.vendor}: ${profile.models.join(', ')}. Confidence: ${profile.confidence}. ${unit}`,
    ...parts
      .filter(([, items]) => items.length > 0)
      .map(([title, items]) => `**${title}**\n\n${list(items)}`),
  ].join('\n\n');
}

function traps(profile: MeterProfile): string[] {
  const noted = profile.registers.flatMap(({ name, note }) =>
    note === undefined ? [] : [`\`${name}\`: ${note}`],
  );
  return [...(profile.notes ?? []), ...noted];
}
