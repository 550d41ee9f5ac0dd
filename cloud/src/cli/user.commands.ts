import type { Command } from 'commander';
import encodeQR from 'qr';
import type { Acting, Role } from '../identity/index.ts';
import type { CommandContext } from './context.ts';
import { printRows } from './output.ts';
import { addPersonDataCommands } from './person-data.commands.ts';
import { BY, CONFIG, type InOrganisation, JSON_OPTION, ORGANISATION } from './sites.commands.ts';
import { type InPlace, inPlace, PLATFORM_OPTION } from './user-place.ts';

interface Invite extends InPlace {
  readonly name: string;
  readonly as: readonly string[];
  readonly contact?: string;
}
interface Reset extends InPlace {
  readonly secondFactor?: boolean;
}

/** Whoever has the configuration file is above all roles. */
const OPERATOR: Acting = { ...BY, roles: ['platform_admin', 'owner'] satisfies Role[] };

export function addUserCommands(program: Command, context: CommandContext): void {
  const group = program.command('user').summary('people: invite, list, disable, reset, export, forget');
  addInvite(group, context);
  addList(group, context);
  addState(group, context);
  addReset(group, context);
  addPersonDataCommands(group, context);
}

function addInvite(group: Command, context: CommandContext): void {
  group
    .command('invite')
    .summary('print a link, and its QR code, by which somebody joins; it is good once')
    .requiredOption('--name <text>', 'whom it is for')
    .requiredOption(
      '--as <roles...>',
      'owner, manager, staff, technician, auditor, tenant; or platform_admin',
    )
    .option('--contact <text>', 'e-mail address or phone number; else asked for when they join')
    .option(...PLATFORM_OPTION)
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action(async (options: Invite) => {
      const { name, contact, as: roles } = options;
      const made = await inPlace(context, options, ({ people }, organisation) =>
        people.invite(organisation, { name, contact, roles }, OPERATOR),
      );
      showLink(context, made, options);
    });
}

function addList(group: Command, context: CommandContext): void {
  group
    .command('list')
    .summary('who is what')
    .option(...PLATFORM_OPTION)
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action(async (options: InPlace) => {
      const members = await inPlace(context, options, ({ people }, organisation) =>
        people.list(organisation, OPERATOR),
      );
      const rows = members.map(({ contacts, roles, disabled, state, ...member }) => ({
        ...member,
        roles: options.json ? roles : roles.join(', '),
        contacts: options.json ? contacts : contacts.map(({ value }) => value).join(', '),
        state: disabled ? 'disabled' : state,
      }));
      printRows(context.terminal, rows, ['person', 'name', 'roles', 'contacts', 'state', 'since'], options);
    });
}

function addState(group: Command, context: CommandContext): void {
  for (const [name, disabled, summary] of [
    ['disable', true, 'sign somebody out everywhere, and let them in no more'],
    ['enable', false, 'let somebody in again'],
  ] as const)
    group
      .command(name)
      .summary(summary)
      .argument('<person>', 'id of the person, as list shows it')
      .option(...CONFIG)
      .action(async (person: string, options: InPlace) => {
        const config = context.load(options);
        const roles = await import('../roles/identity.ts');
        await roles.withIdentity(config, ({ people }) => people.setDisabled(person, disabled, BY));
        context.terminal.out(`${person} is ${disabled ? 'disabled' : 'enabled'}`);
      });
}

function addReset(group: Command, context: CommandContext): void {
  group
    .command('reset')
    .summary('print a link by which somebody sets a new password; it is good once')
    .argument('<person>', 'id of the person, as list shows it')
    .option(
      '--second-factor',
      'take the second factor away as well, for whoever lost phone and recovery codes',
    )
    .option(...PLATFORM_OPTION)
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action(async (person: string, options: Reset) => {
      const link = await inPlace(context, options, async ({ people }, organisation) => {
        const made = await people.resetLink(organisation, person, OPERATOR);
        if (options.secondFactor) await people.dropSecondFactor(person, BY);
        return made;
      });
      showLink(context, link, options);
    });
}

/** Without http.publicUrl the hub does not know its own address: then the path stands alone. */
function showLink(
  { terminal }: CommandContext,
  { address, endsAt }: { readonly address: string; readonly endsAt: string },
  options: InOrganisation,
): void {
  if (options.json) {
    terminal.out(JSON.stringify({ address, endsAt }));
    return;
  }
  terminal.out(address);
  if (address.startsWith('http')) terminal.out(encodeQR(address, 'ascii').trimEnd());
  else terminal.out('(put the address of the hub in front; with http.publicUrl it stands here)');
  terminal.out(`good once, until ${endsAt}`);
}
