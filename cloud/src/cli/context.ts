import { type Config, collectSecrets, formatProblem, loadConfig, secretStrings } from '../config/index.ts';
import { scrubber } from '../platform/telemetry/index.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

export interface ConfigOptions {
  readonly config?: string;
}

/** What every command shares: where it writes, and the secrets that must not turn up there. */
export class CommandContext {
  readonly terminal: Terminal;
  readonly verbose: boolean;
  #scrub: (text: string) => string = (text) => text;

  constructor(terminal: Terminal, options: { verbose: boolean }) {
    this.terminal = terminal;
    this.verbose = options.verbose;
  }

  readonly scrub = (text: string): string => this.#scrub(text);

  /**
   * All problems of the configuration, one line each, or the configuration. The role is said apart: `--role` of other
   * commands than `hub` is something else.
   */
  load({ config }: ConfigOptions, role?: string): Config {
    const result = loadConfig({ env: this.terminal.env, file: config, role });
    if (!result.ok) throw new CommandError(result.problems.map(formatProblem).join('\n'), EXIT.config);
    this.hide(collectSecrets(result.config).flatMap(secretStrings));
    return result.config;
  }

  hide(secrets: readonly string[]): void {
    const earlier = this.#scrub;
    const scrub = scrubber(secrets);
    this.#scrub = (text) => scrub(earlier(text));
  }
}
