import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Config } from '../config/index.ts';
import type { CommandContext, ConfigOptions } from './context.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { addQueryCommand } from './query.command.ts';

interface MigrateOptions extends ConfigOptions {
  readonly status?: boolean;
  readonly licensed?: boolean;
}

interface ProvisionOptions extends ConfigOptions {
  readonly adminUrl?: string;
  readonly resetPasswords?: boolean;
}

export function addDatabaseCommands(program: Command, context: CommandContext): void {
  program
    .command('migrate')
    .summary('bring the schema of the database up to this version')
    .option('--config <file>', 'YAML file with the configuration')
    .option('--status', 'only say what is pending; exit code 69 if anything is')
    .option(
      '--licensed',
      'also compress old readings; needs the Community edition of TimescaleDB, see docs/operate/readings.md',
    )
    .addHelpText('after', '\nExamples:\n  meterline migrate --config hub.yaml\n  meterline migrate --status')
    .action((options: MigrateOptions) =>
      options.status ? showStatus(context, options) : runMigrations(context, options),
    );

  const database = program.command('database').summary('roles and database of the hub, and a look into it');
  database
    .command('provision')
    .summary('make the roles and the database, or put them right')
    .description(
      'Makes the roles meterline_owner, _app, _worker, _ingest and _readonly with the passwords of the configuration, and the database. May be run again at any time; data are never touched.',
    )
    .option('--config <file>', 'YAML file with the configuration')
    .option(
      '--admin-url <url>',
      'superuser, or a role that may create roles and databases (better: METERLINE_ADMIN_URL)',
    )
    .option('--reset-passwords', 'give roles that exist the passwords of the configuration')
    .addHelpText(
      'after',
      '\nExamples:\n  METERLINE_ADMIN_URL=postgres://postgres@db:5432/postgres meterline database provision --config hub.yaml\n  METERLINE_ADMIN_URL_FILE=/run/secrets/admin meterline database provision',
    )
    .action((options: ProvisionOptions) => provisionDatabase(context, options));
  addQueryCommand(database, context);
}

async function runMigrations(context: CommandContext, options: MigrateOptions): Promise<void> {
  const config = context.load(options);
  const { runMigrate } = await import('../roles/databases.ts');
  const { applied, layers } = await runMigrate(
    config.database,
    (line) => context.terminal.out(line),
    options.licensed,
  );
  const summary = applied.length === 0 ? 'nothing to do' : `${applied.length} applied`;
  context.terminal.out(`${summary}; layers: ${layers.join(', ')}`);
}

async function showStatus(context: CommandContext, options: MigrateOptions): Promise<void> {
  const config = context.load(options);
  const { createPool, migrationStatus, probe } = await import('../platform/db/index.ts');
  const url = config.database.appUrl.reveal();
  const pool = createPool({ url, setting: 'database.appUrl', size: 1 });
  try {
    await probe(pool, 'database.appUrl', url);
    const status = await migrationStatus(pool);
    for (const file of status.pending) context.terminal.out(`pending ${file}`);
    if (status.problems.length > 0) throw new CommandError(status.problems.join('\n'), EXIT.config);
    if (!status.ready) throw new CommandError(`${status.summary}; run meterline migrate`, EXIT.unavailable);
    context.terminal.out(status.summary);
  } finally {
    await pool.end();
  }
}

async function provisionDatabase(context: CommandContext, options: ProvisionOptions): Promise<void> {
  const config = context.load(options);
  const adminUrl = adminUrlOf(context, options);
  const { provision } = await import('../platform/db/index.ts');
  const { isPlainConnection, PLAIN_CONNECTION, secretStrings, Secret } = await import('../config/index.ts');
  if (!isPlainConnection(adminUrl)) {
    throw new CommandError(`the address of the administrator ${PLAIN_CONNECTION}`, EXIT.usage);
  }
  context.hide(secretStrings(Secret.url(adminUrl)));
  const { database, passwords } = await loginsOf(config);
  const resetPasswords = options.resetPasswords ?? false;
  const say = (line: string) => context.terminal.out(line);
  await provision({ adminUrl, database, passwords, resetPasswords, say });
  context.terminal.out(`database ${database} is provisioned; next: meterline migrate`);
}

/** An argument can be read by every user of the machine, so the environment and a file are offered first. */
function adminUrlOf({ terminal: { env } }: CommandContext, options: ProvisionOptions): string {
  const file = env.METERLINE_ADMIN_URL_FILE;
  const given = options.adminUrl ?? (env.METERLINE_ADMIN_URL || undefined);
  if (given !== undefined) return given;
  if (!file)
    throw new CommandError(
      'set METERLINE_ADMIN_URL (or METERLINE_ADMIN_URL_FILE, or --admin-url)',
      EXIT.usage,
    );
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new CommandError(
      `METERLINE_ADMIN_URL_FILE names ${file}, which cannot be read (${code})`,
      EXIT.usage,
    );
  }
}

/** The configuration is the only place where the passwords stand, so provisioning takes them from its addresses. */
async function loginsOf({ database: config }: Config) {
  const { ROLES } = await import('../platform/db/index.ts');
  if (!config.ownerUrl)
    throw new CommandError('config: database.ownerUrl is required to provision', EXIT.config);
  if (!config.workerUrl)
    throw new CommandError('config: database.workerUrl is required to provision', EXIT.config);
  const urls = {
    owner: config.ownerUrl,
    app: config.appUrl,
    worker: config.workerUrl,
    ingest: config.ingestUrl,
    readOnly: config.readOnlyUrl,
  };
  const parsed = Object.entries(urls).map(([role, secret]) => ({
    role: role as keyof typeof urls,
    url: new URL(secret.reveal()),
  }));
  for (const { role, url } of parsed) {
    const user = decodeURIComponent(url.username);
    if (user !== ROLES[role]) {
      throw new CommandError(
        `config: database.${role}Url must sign in as ${ROLES[role]}, not as "${user}"`,
        EXIT.config,
      );
    }
  }
  const names = [...new Set(parsed.map(({ url }) => decodeURIComponent(url.pathname.slice(1))))];
  const [database = ''] = names;
  if (names.length !== 1)
    throw new CommandError('config: the addresses in database name different databases', EXIT.config);
  const passwordOf = (role: keyof typeof urls) => decodeURIComponent(new URL(urls[role].reveal()).password);
  const passwords = {
    owner: passwordOf('owner'),
    app: passwordOf('app'),
    worker: passwordOf('worker'),
    ingest: passwordOf('ingest'),
    readOnly: passwordOf('readOnly'),
  };
  return { database, passwords };
}
