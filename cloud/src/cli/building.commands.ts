import type { Command } from 'commander';
import { dateAt } from '../kernel/period.ts';
import type { SitesAtHand } from '../roles/sites.ts';
import { regimeOn } from '../sites/index.ts';
import type { CommandContext } from './context.ts';
import { dayOf, noneOf, wholeOf } from './option-values.ts';
import { printRows } from './output.ts';
import { chooseBuilding } from './site-choice.ts';
import {
  BY,
  CONFIG,
  type InOrganisation,
  inOrganisation,
  JSON_OPTION,
  ORGANISATION,
} from './sites.commands.ts';

interface Details extends InOrganisation {
  readonly name?: string;
  readonly otherName?: string;
  readonly address?: string;
  readonly currency?: string;
  readonly cycleDay?: string;
}
interface AddBuilding extends Details {
  readonly name: string;
  readonly zone: string;
}
interface SayRegime extends InOrganisation {
  readonly from: string;
  readonly reason: string;
}

const COLUMNS = ['id', 'name', 'otherName', 'zone', 'currency', 'cycleDay'];
const WHICH = ['<building>', 'its id or name'] as const;
const REGIME_COLUMNS = ['from', 'to', 'regime', 'reason', 'author'];

export function addBuildingCommands(program: Command, context: CommandContext): void {
  const group = program.command('building').summary('buildings, each in its time zone');
  addAdd(group, context);
  addLook(group, context);
  addSet(group, context);
  addRegime(group, context);
}

const withDetails = (command: Command): Command =>
  command
    .option('--other-name <text>', 'its name in the other script; none: takes it away')
    .option('--address <text>', 'as it stands on a bill; none: takes it away')
    .option('--currency <code>', 'of new leases and tariffs: THB, IDR, …')
    .option('--cycle-day <day>', 'on which day of the month bills are cut; 31 is the last day of each')
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION);

const detailsOf = ({ otherName, address, currency, cycleDay }: Details) => ({
  otherName: noneOf(otherName),
  address: noneOf(address),
  currency,
  cycleDay: wholeOf(cycleDay, '--cycle-day'),
});

function addAdd(group: Command, context: CommandContext): void {
  const command = group
    .command('add')
    .summary('add one')
    .requiredOption('--name <text>', 'as people call it')
    .requiredOption(
      '--zone <zone>',
      'IANA name of its time zone, as Asia/Bangkok; it cannot be changed later',
    );
  withDetails(command).action(async (options: AddBuilding) => {
    const given = { name: options.name, zone: options.zone, ...detailsOf(options) };
    const added = await inOrganisation(context, options, ({ sites }, organisation) =>
      sites.addBuilding(organisation, given, BY),
    );
    printRows(context.terminal, [added], COLUMNS, options);
  });
}

function addLook(group: Command, context: CommandContext): void {
  group
    .command('list')
    .summary('list them')
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action(async (options: InOrganisation) => {
      const rows = await inOrganisation(context, options, ({ sites }, organisation) =>
        sites.buildings(organisation),
      );
      printRows(context.terminal, rows, COLUMNS, options);
    });
  group
    .command('show')
    .summary('show one, and under which rules it lets today')
    .argument(...WHICH)
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action(async (which: string, options: InOrganisation) => {
      const row = await inOrganisation(context, options, (at, organisation) =>
        shown(at, organisation, which),
      );
      printRows(context.terminal, [row], [...COLUMNS, 'address', 'regime', 'version'], options);
    });
}

async function shown(at: SitesAtHand, organisation: string, which: string) {
  const id = await chooseBuilding(at, organisation, which, WHICH[0]);
  const building = await at.sites.building(organisation, id);
  const spans = await at.sites.regimes(organisation, id);
  const today = dateAt(at.clock.now(), building.zone);
  return { ...building, regime: regimeOn(spans, today)?.regime ?? null };
}

function addSet(group: Command, context: CommandContext): void {
  const command = group
    .command('set')
    .summary('change what is said of one; its zone cannot be changed')
    .argument(...WHICH)
    .option('--name <text>', 'as people call it');
  withDetails(command).action(async (which: string, options: Details) => {
    const given = { name: options.name, ...detailsOf(options) };
    const row = await inOrganisation(context, options, async (at, organisation) => {
      const id = await chooseBuilding(at, organisation, which, WHICH[0]);
      return at.sites.changeBuilding(organisation, id, given, BY);
    });
    printRows(context.terminal, [row], [...COLUMNS, 'address', 'version'], options);
  });
}

function addRegime(group: Command, context: CommandContext): void {
  group
    .command('regime')
    .summary('say under which rules it lets from a day on; without a regime, list what holds')
    .argument(...WHICH)
    .argument(
      '[regime]',
      'contract-controlled, licensed-dormitory, hotel, other; none: takes back what was said about the day',
    )
    .option('--from <day>', 'since when, as 2026-01-01')
    .option('--reason <text>', 'why, as the number of the licence')
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action(async (which: string, regime: string | undefined, options: Partial<SayRegime>) => {
      const rows = await inOrganisation(context, options, async (at, organisation) => {
        const id = await chooseBuilding(at, organisation, which, WHICH[0]);
        if (regime === undefined) return at.sites.regimes(organisation, id);
        const from = dayOf(options.from ?? '', '--from');
        const given = { from, regime: noneOf(regime) ?? null, reason: options.reason ?? '' };
        return at.sites.sayRegime(organisation, id, given, BY);
      });
      printRows(context.terminal, rows, REGIME_COLUMNS, options);
    });
}
