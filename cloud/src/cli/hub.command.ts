import type { Command } from 'commander';
import { effectiveConfig, ROLES } from '../config/index.ts';
import type { CommandContext, ConfigOptions } from './context.ts';
import { CommandError, EXIT } from './exit-codes.ts';

interface HubOptions extends ConfigOptions {
  readonly role?: string;
  readonly checkConfig?: boolean;
  readonly exitWithParent?: boolean;
}

export function addHubCommand(program: Command, context: CommandContext): void {
  program
    .command('hub')
    .summary('run the hub until SIGTERM or Ctrl-C')
    .description(
      'Runs the hub in the foreground. SIGTERM or Ctrl-C drains requests and jobs (at most shutdown.graceMs) and ends it; a second signal ends it at once.',
    )
    .option('--role <role>', `which part to be: ${ROLES.join(', ')}`)
    .option('--config <file>', 'YAML file with the configuration')
    .option('--check-config', 'print the configuration in effect, secrets masked, and end')
    .option('--exit-with-parent', 'end when standard input closes, as it does when the parent ends')
    .addHelpText('after', EXAMPLES)
    .action(async (options: HubOptions) => {
      const config = context.load(options, options.role);
      if (options.checkConfig) {
        context.terminal.out(effectiveConfig(config).trimEnd());
        return;
      }
      const { runHub } = await import('../roles/run-hub.ts');
      const end = await runHub(config, {
        exitWithParent: options.exitWithParent ?? false,
        verbose: context.verbose,
      });
      if (end.kind === 'hung') throw new CommandError(end.what, EXIT.hung);
    });
}

const EXAMPLES = `
Examples:
  meterline hub --config /etc/meterline/hub.yaml
  meterline hub --role worker
  METERLINE_HTTP__PORT=9000 meterline hub --config hub.yaml --check-config`;
