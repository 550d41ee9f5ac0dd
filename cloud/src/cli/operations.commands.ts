import type { Command } from 'commander';
import type { OperationsService, Operator } from '../operations/index.ts';
import type { CommandContext, ConfigOptions } from './context.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { limitOf } from './option-values.ts';
import { type OutputOptions, printRows } from './output.ts';

interface ListOptions extends ConfigOptions, OutputOptions {
  readonly queue?: string;
  readonly limit: string;
}

interface DiscardOptions extends ConfigOptions {
  readonly reason: string;
}

const BY: Operator = { actor: { kind: 'operator', id: 'cli' } };
const CONFIG = ['--config <file>', 'YAML file with the configuration'] as const;

export function addOperationsCommands(program: Command, context: CommandContext): void {
  const jobs = program.command('jobs').summary('background jobs that failed for good');
  jobs
    .command('failed')
    .summary('list them, by queue, the newest first')
    .option(...CONFIG)
    .option('--queue <name>', 'of one queue only')
    .option('--limit <n>', 'how many', '50')
    .option('--json', 'one JSON object a line')
    .action(async (options: ListOptions) => {
      const query = { limit: limitOf(options.limit), queue: options.queue };
      const page = await operate(context, options, (service) => service.failedJobs(query));
      printRows(context.terminal, page.jobs, ['id', 'attempts', 'failedAt', 'reason'], options);
    });
  addDecisions(jobs, context, 'job', {
    replay: (service, id) => service.replayJob(id, BY),
    discard: (service, id, reason) => service.discardJob(id, reason, BY),
  });

  const outbox = program.command('outbox').summary('events that could not be delivered');
  outbox
    .command('failed')
    .summary('list them, the newest first')
    .option(...CONFIG)
    .option('--limit <n>', 'how many', '50')
    .option('--json', 'one JSON object a line')
    .action(async (options: ListOptions) => {
      const page = await operate(context, options, (service) =>
        service.failedEvents({ limit: limitOf(options.limit) }),
      );
      printRows(context.terminal, page.events, ['id', 'topic', 'attempts', 'failedAt', 'reason'], options);
    });
  addDecisions(outbox, context, 'event', {
    replay: (service, id) => service.replayEvent(id, BY),
    discard: (service, id, reason) => service.discardEvent(id, reason, BY),
  });
}

interface Decisions {
  replay(service: OperationsService, id: string): Promise<unknown>;
  discard(service: OperationsService, id: string, reason: string): Promise<unknown>;
}

function addDecisions(group: Command, context: CommandContext, what: string, decisions: Decisions): void {
  group
    .command('replay')
    .summary('try it again, as if it were new')
    .argument('<id...>', `of the failed ${what}`)
    .option(...CONFIG)
    .action((ids: string[], options: ConfigOptions) =>
      each(context, options, ids, 'replayed', (service, id) => decisions.replay(service, id)),
    );
  group
    .command('discard')
    .summary('give it up for good')
    .argument('<id...>', `of the failed ${what}`)
    .requiredOption('--reason <text>', 'why it may be lost; stands in the audit log')
    .option(...CONFIG)
    .action((ids: string[], options: DiscardOptions) => {
      const reason = options.reason.trim();
      if (reason.length < 3 || reason.length > 500) {
        throw new CommandError('--reason must have 3 to 500 characters', EXIT.usage);
      }
      return each(context, options, ids, 'discarded', (service, id) =>
        decisions.discard(service, id, reason),
      );
    });
}

/** One that fails does not keep the others from being done; all failures are told. */
async function each(
  context: CommandContext,
  options: ConfigOptions,
  ids: readonly string[],
  done: string,
  act: (service: OperationsService, id: string) => Promise<unknown>,
): Promise<void> {
  const failures = await operate(context, options, async (service) => {
    const messages: string[] = [];
    for (const id of ids) {
      try {
        await act(service, id);
        context.terminal.out(`${done} ${id}`);
      } catch (error) {
        messages.push(error instanceof Error ? error.message : String(error));
      }
    }
    return messages;
  });
  if (failures.length > 0) throw new CommandError(failures.join('\n'), EXIT.data);
}

async function operate<T>(
  context: CommandContext,
  options: ConfigOptions,
  work: (service: OperationsService) => Promise<T>,
): Promise<T> {
  const config = context.load(options);
  const { withOperator } = await import('../roles/operator.ts');
  return withOperator(config, work);
}
