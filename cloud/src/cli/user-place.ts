import type { IdentityServices } from '../identity/index.ts';
import type { CommandContext } from './context.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { chooseOrganisation } from './site-choice.ts';
import type { InOrganisation } from './sites.commands.ts';

export interface InPlace extends InOrganisation {
  readonly platform?: boolean;
}

const PLATFORM = '00000000-0000-0000-0000-000000000000';
export const PLATFORM_OPTION = ['--platform', 'of the platform itself, not of an organisation'] as const;

/** With identity at hand, in an organisation or on the platform. */
export async function inPlace<T>(
  context: CommandContext,
  options: InPlace,
  work: (identity: IdentityServices, organisation: string) => Promise<T>,
): Promise<T> {
  if (options.platform && options.organisation !== undefined)
    throw new CommandError('--platform and --organisation exclude each other', EXIT.usage);
  const config = context.load(options);
  const roles = await import('../roles/identity.ts');
  return roles.withIdentity(config, async (identity, at) =>
    work(identity, options.platform ? PLATFORM : await chooseOrganisation(at, options.organisation)),
  );
}
