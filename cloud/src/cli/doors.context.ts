import type { DoorsAtHand } from '../roles/doors.ts';
import type { CommandContext, ConfigOptions } from './context.ts';
import { chooseOrganisation } from './site-choice.ts';
import { BY, type InOrganisation } from './sites.commands.ts';

/** Who asks, on the command line: whoever has the configuration is the operator. */
export interface AskedHere {
  readonly organisation: string;
  readonly actor: typeof BY.actor;
}

export async function withDoors<T>(
  context: CommandContext,
  options: ConfigOptions & InOrganisation,
  work: (at: DoorsAtHand, asked: AskedHere) => Promise<T>,
): Promise<T> {
  const config = context.load(options);
  const roles = await import('../roles/doors.ts');
  return roles.withDoors(config, async (at) => {
    const organisation = await chooseOrganisation(at, options.organisation);
    return work(at, { organisation, ...BY });
  });
}
