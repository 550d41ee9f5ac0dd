import { createReadStream } from 'node:fs';
import { extname } from 'node:path';
import type { Command } from 'commander';
import type { DoorsAtHand } from '../roles/doors.ts';
import type { CommandContext } from './context.ts';
import { type AskedHere, withDoors } from './doors.context.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { instantOf } from './option-values.ts';
import { printRows } from './output.ts';
import { CONFIG, type InOrganisation, JSON_OPTION, ORGANISATION } from './sites.commands.ts';

interface EnterOptions extends InOrganisation {
  readonly at: string;
  readonly value?: string;
  readonly unit?: string;
  readonly count?: string;
  readonly photo?: string;
  readonly note?: string;
  readonly opening?: boolean;
  readonly confirm?: boolean;
}

interface CorrectOptions extends InOrganisation {
  readonly at: string;
  readonly value?: string;
  readonly unit?: string;
  readonly count?: string;
  readonly reason: string;
  readonly photo?: string;
  readonly confirm?: boolean;
}

const AT = ['--at <instant>', 'with its offset, as 2026-01-31T08:00:00+07:00'] as const;
const POINT = ['<point>', 'id of the point'] as const;

export function addManualCommands(readings: Command, context: CommandContext): void {
  addEnter(readings, context);
  const decisions = [
    ['supersede', 'superseded', 'put another value in the place of a reading; the reading itself stays'],
    ['void', 'voided', 'let a reading count no more; the reading itself stays'],
    ['restore', 'restored', 'take the newest decision on a reading back'],
  ] as const;
  for (const [name, kind, summary] of decisions) {
    const command = readings
      .command(name)
      .summary(summary)
      .argument(...POINT)
      .requiredOption(...AT);
    if (kind === 'superseded')
      withValue(command).option('--confirm', 'it is right, although it does not fit its neighbours');
    command
      .requiredOption('--reason <text>', 'why; stands with the reading and in the audit log')
      .option('--photo <file>', 'a photo of the display')
      .option(...ORGANISATION)
      .option(...CONFIG)
      .option(...JSON_OPTION)
      .action((point: string, options: CorrectOptions) =>
        withDoors(context, options, async (at, asked) => {
          const photo = await uploaded(at, asked, options.photo);
          const { value, unit, count, reason, confirm: confirmed } = options;
          const wanted = {
            point,
            at: instantOf(options.at, '--at'),
            kind,
            value,
            unit,
            count,
            reason,
            photo,
            confirmed,
          };
          const made = await at.corrections.correct(asked, wanted);
          printRows(context.terminal, [made], ['id', 'kind', 'at', 'count', 'reason'], options);
        }),
      );
  }
  readings
    .command('corrections')
    .summary('what people decided about readings, the newest first')
    .option('--point <id>', 'of one point only')
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action((options: InOrganisation & { point?: string }) =>
      withDoors(context, options, async ({ corrections }, asked) => {
        const rows = await corrections.list(asked, { point: options.point, limit: 200 });
        printRows(context.terminal, rows, ['at', 'kind', 'count', 'author', 'reason'], options);
      }),
    );
}

function withValue(command: Command): Command {
  return command
    .option('--value <number>', 'as on the display: 1234.5')
    .option('--unit <unit>', 'of the value: kWh, Wh, m³, L')
    .option('--count <n>', "instead: the register's own count");
}

function addEnter(readings: Command, context: CommandContext): void {
  withValue(
    readings
      .command('add')
      .summary('enter a reading by hand')
      .argument(...POINT)
      .requiredOption(...AT),
  )
    .option('--photo <file>', 'a photo of the display: JPEG, PNG, WebP or HEIC')
    .option('--note <text>', 'words that are kept with it')
    .option('--opening', 'the meter began with it')
    .option('--confirm', 'it is right, although it does not fit its neighbours')
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action((point: string, options: EnterOptions) =>
      withDoors(context, options, async (at, asked) => {
        const { value, unit, count, note, opening, confirm: confirmed } = options;
        const reading = { point, at: instantOf(options.at, '--at'), value, unit, count };
        const photo = await uploaded(at, asked, options.photo);
        const entered = await at.manual.enter(asked, { ...reading, photo, note, opening, confirmed });
        const row = {
          id: entered.id,
          count: String(entered.count),
          evidence: entered.evidence,
          hints: entered.hints.join(' '),
        };
        printRows(context.terminal, [row], ['id', 'count', 'evidence', 'hints'], options);
      }),
    );
}

const TYPES: Readonly<Record<string, string>> = {
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.heic': 'image/heic',
};

export async function uploaded(
  { manual }: Pick<DoorsAtHand, 'manual'>,
  asked: AskedHere,
  file: string | undefined,
): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const type = TYPES[extname(file).toLowerCase()];
  if (type === undefined)
    throw new CommandError(`--photo: ${file} is no JPEG, PNG, WebP or HEIC`, EXIT.usage);
  return (await manual.addPhoto(asked, type, createReadStream(file))).id;
}
