import type { Command } from 'commander';
import type { Asking, EpochGiven, ResolutionGiven } from '../metering/index.ts';
import type { MeteringAtHand } from '../roles/metering.ts';
import type { CommandContext } from './context.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { countOf, instantOf, oneOf, reasonOf, wholeNumberOf } from './option-values.ts';
import { printRows } from './output.ts';
import { chooseOrganisation } from './site-choice.ts';
import { BY, CONFIG, type InOrganisation, JSON_OPTION, ORGANISATION } from './sites.commands.ts';

interface Counts {
  readonly opening?: string;
  readonly closing?: string;
  readonly at?: string;
  readonly reason: string;
  readonly confirm?: boolean;
}

interface DeclareOptions extends InOrganisation, Counts {
  readonly kind: string;
  readonly at: string;
  readonly ratio?: string;
  readonly unit?: string;
  readonly register?: string;
  readonly modulus?: string;
  readonly evidence?: string;
}

const KINDS = [
  ...['installed', 'replaced', 'reset'],
  ...['rollover', 'ratio', 'confirmed'],
] as const satisfies readonly EpochGiven['kind'][];
const RESOLUTIONS = [
  'reset',
  'replaced',
  'rollover',
  'confirmed',
  'dismissed',
  'voided',
] as const satisfies readonly ResolutionGiven['as'][];
const REASON = ['--reason <text>', 'stands beside it and in the audit log'] as const;
const OPENING = ['--opening <count>', 'the count with which the register began again'] as const;
const CONFIRM = ['--confirm', 'it is right, although it does not fit what was read'] as const;
const CLOSING = ['--closing <count>', 'the count that it had reached before'] as const;

export function addMeteringCommands(program: Command, context: CommandContext): void {
  addSuspects(program, context);
  addEpochs(program, context);
  addUsage(program, context);
}

function addSuspects(program: Command, context: CommandContext): void {
  const group = program.command('suspect').summary('counts that only a person can judge');
  group
    .command('list')
    .summary('those that wait, the newest first')
    .option('--all', 'those that are settled as well')
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action((options: InOrganisation & { all?: boolean }) =>
      decide(context, options, async ({ decisions }, asking) => {
        const rows = await decisions.suspects(asking, { open: !options.all, limit: 500 });
        const columns = [
          'id',
          'point',
          'kind',
          'state',
          'before',
          'after',
          'sinceAt',
          'fromAt',
          'resolution',
        ];
        printRows(context.terminal, rows, columns, options);
      }),
    );
  group
    .command('resolve')
    .summary('say what one was')
    .argument('<id>', 'of the suspicion')
    .requiredOption('--as <what>', `${RESOLUTIONS.join(', ')}; dismissed: the step stays unbilled`)
    .requiredOption(...REASON)
    .option(...OPENING)
    .option(...CLOSING)
    .option('--at <instant>', 'when it happened; else half-way between the two readings')
    .option(...CONFIRM)
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action((id: string, options: InOrganisation & Counts & { as: string }) => {
      const { opening, closing, at, reason, confirm: confirmed } = options;
      const given: ResolutionGiven = {
        as: oneOf(RESOLUTIONS, options.as, '--as'),
        opening: countOf(opening, '--opening'),
        closing: countOf(closing, '--closing'),
        at: at === undefined ? undefined : instantOf(at, '--at').epochMilliseconds,
        reason: reasonOf(reason),
        confirmed,
      };
      return decide(context, options, async ({ decisions }, asking) => {
        const { epoch } = await decisions.resolve(asking, id, given);
        const row = { suspect: id, resolution: given.as, epoch };
        printRows(context.terminal, [row], ['suspect', 'resolution', 'epoch'], options);
      });
    });
}

function addEpochs(program: Command, context: CommandContext): void {
  const group = program.command('epoch').summary('how the counts of a register are read, over time');
  group
    .command('list')
    .summary('of one point, the superseded ones as well')
    .argument('<point>', 'id of the point')
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action((point: string, options: InOrganisation) =>
      decide(context, options, async ({ decisions }, asking) => {
        const rows = await decisions.epochs(asking, point);
        const columns = [
          'kind',
          'fromAt',
          'closing',
          'opening',
          'num',
          'den',
          'unit',
          'register',
          'modulus',
          'author',
          'supersededAt',
        ];
        printRows(context.terminal, rows, columns, options);
      }),
    );
  group
    .command('declare')
    .summary('a meter was replaced or reset, or its counts are worth something else')
    .argument('<point>', 'id of the point')
    .requiredOption('--kind <kind>', KINDS.join(', '))
    .requiredOption('--at <instant>', 'from when on: 2026-03-01T14:00:00+07:00')
    .requiredOption(...REASON)
    .option(...OPENING)
    .option(...CLOSING)
    .option('--ratio <num/den>', 'base units a count is worth: 800, 5/4')
    .option('--unit <unit>', 'Wh, varh, VAh, mL, pulse; only where no profile is known')
    .option('--register <profile@version/name>', 'that is read from then on; else the one that readings cite')
    .option('--modulus <count>', 'the count at which the register starts again from 0')
    .option('--evidence <text>', 'where a photo or a work order is to be found')
    .option(...CONFIRM)
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action((point: string, options: DeclareOptions) => {
      const given = declarationOf(options);
      return decide(context, options, async ({ decisions }, asking) => {
        const { id } = await decisions.declare(asking, point, given);
        printRows(context.terminal, [{ id, point, kind: given.kind }], ['id', 'point', 'kind'], options);
      });
    });
}

function addUsage(program: Command, context: CommandContext): void {
  const group = program.command('usage').summary('what was used, as the ledger has worked it out');
  group
    .command('audit')
    .summary('work points out anew, by lot, and compare; 0 differences are right')
    .option('--points <n>', 'how many', '40')
    .option('--organisation <id or name>', 'of one organisation only; else of all')
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action((options: InOrganisation & { points: string }) => audit(context, options));
}

async function audit(context: CommandContext, options: InOrganisation & { points: string }): Promise<void> {
  const points = wholeNumberOf(options.points, '--points', 1, 100_000);
  const config = context.load(options);
  const [{ withMetering }, { auditUsage }] = await Promise.all([
    import('../roles/metering.ts'),
    import('../metering/index.ts'),
  ]);
  const result = await withMetering(config, async (at) => {
    if (!at.everybody)
      throw new CommandError('database.workerUrl is needed to draw points by lot', EXIT.config);
    const named = options.organisation;
    const organisation = named === undefined ? undefined : await chooseOrganisation(at, named);
    return auditUsage({ ...at.parts, everybody: at.everybody, points, organisation });
  });
  const { differences } = result;
  const row = { points: result.points, quarters: result.quarters, differences: differences.length };
  printRows(context.terminal, [row], ['points', 'quarters', 'differences'], options);
  if (differences.length === 0) return;
  printRows(context.terminal, differences, ['point', 'what', 'at', 'stands', 'mustBe', 'by'], options);
  const message = `${differences.length} hours or days are not what they must be: make them again, and say so, since it is a fault of the program`;
  throw new CommandError(message, EXIT.data);
}

async function decide(
  context: CommandContext,
  options: InOrganisation,
  work: (at: MeteringAtHand, asking: Asking) => Promise<void>,
): Promise<void> {
  const config = context.load(options);
  const { withMetering } = await import('../roles/metering.ts');
  return withMetering(config, async (at) =>
    work(at, { ...BY, organisation: await chooseOrganisation(at, options.organisation) }),
  );
}

function declarationOf(options: DeclareOptions): EpochGiven {
  const [num, den] = (options.ratio ?? '').split('/');
  return {
    kind: oneOf(KINDS, options.kind, '--kind'),
    at: instantOf(options.at, '--at').epochMilliseconds,
    opening: countOf(options.opening, '--opening'),
    closing: countOf(options.closing, '--closing'),
    modulus: countOf(options.modulus, '--modulus'),
    num: countOf(num || undefined, '--ratio'),
    den: countOf(den, '--ratio'),
    unit: options.unit,
    register: options.register,
    reason: reasonOf(options.reason),
    evidence: options.evidence,
    confirmed: options.confirm,
  };
}
