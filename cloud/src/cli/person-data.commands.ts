import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import type { IdentityServices } from '../identity/index.ts';
import type { CommandContext, ConfigOptions } from './context.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { printRows } from './output.ts';
import { fileOf } from './site-choice.ts';
import { BY, CONFIG, JSON_OPTION, ORGANISATION } from './sites.commands.ts';
import { type InPlace, inPlace, PLATFORM_OPTION } from './user-place.ts';

interface Publish extends InPlace {
  readonly kind: string;
  readonly text: readonly string[];
  readonly required?: boolean;
}

async function withIdentity<T>(
  context: CommandContext,
  options: ConfigOptions,
  work: (identity: IdentityServices) => Promise<T>,
): Promise<T> {
  const config = context.load(options);
  const roles = await import('../roles/identity.ts');
  return roles.withIdentity(config, work);
}

export function addPersonDataCommands(group: Command, context: CommandContext): void {
  group
    .command('export')
    .summary('write everything that the hub has about somebody into a file, for them')
    .argument('<person>', 'id of the person, as list shows it')
    .requiredOption('--out <file>', 'where to write; only you may read it')
    .option(...CONFIG)
    .action(async (person: string, options: ConfigOptions & { out: string }) => {
      await withIdentity(context, options, async ({ exported }) => {
        const text = Readable.from(await exported.whole(person, BY), { objectMode: false });
        await pipeline(text, createWriteStream(options.out, { mode: 0o600 }));
      });
      context.terminal.out(`written to ${options.out}`);
    });
  group
    .command('forget')
    .summary('forget somebody for good: names, contacts and keys go, ids stay')
    .argument('<person>', 'id of the person, as list shows it')
    .requiredOption('--reason <text>', 'stands in the audit; names nobody')
    .option(...CONFIG)
    .action(async (person: string, options: ConfigOptions & { reason: string }) => {
      await withIdentity(context, options, ({ forget }) => forget.whole(person, options.reason, BY));
      context.terminal.out(`${person} is forgotten`);
    });
}

/** Privacy notices and terms. */
export function addNoticeCommands(program: Command, context: CommandContext): void {
  const group = program.command('notice').summary('privacy notices and terms that people agree to');
  group
    .command('publish')
    .summary('publish one, or its next version; it is never changed')
    .requiredOption('--kind <kind>', 'privacy or terms')
    .requiredOption('--text <language=file...>', 'th=file, en=file, id=file; the first line is the title')
    .option('--required', 'nobody joins without agreeing')
    .option(...PLATFORM_OPTION)
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action(async (options: Publish) => {
      const { kind, required = false } = options;
      if (kind !== 'privacy' && kind !== 'terms')
        throw new CommandError('--kind must be privacy or terms', EXIT.usage);
      const texts = Object.fromEntries(options.text.map(textOf));
      const made = await inPlace(context, options, ({ consent }, organisation) =>
        consent.publish(organisation, { kind, texts, required }, BY),
      );
      printRows(context.terminal, [made], ['id', 'kind', 'version', 'digest'], options);
    });
  group
    .command('list')
    .summary('all versions; the last of a kind is in force')
    .option(...PLATFORM_OPTION)
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action(async (options: InPlace) => {
      const rows = await inPlace(context, options, ({ consent }, organisation) =>
        consent.documents(organisation, BY),
      );
      const columns = ['id', 'kind', 'version', 'required', 'publishedAt'];
      printRows(context.terminal, rows, columns, options);
    });
}

function textOf(given: string): readonly [string, { title: string; text: string }] {
  const [, locale = '', path = ''] = /^(th|en|id)=(.+)$/.exec(given) ?? [];
  if (locale === '') throw new CommandError(`--text: "${given}" is not of the form th=file`, EXIT.usage);
  const [title = '', ...lines] = fileOf(path, '--text', 100_000).toString('utf8').split(/\r?\n/);
  const text = lines.join('\n').trim();
  if (title.trim() === '' || text === '')
    throw new CommandError(`--text: ${path} needs a title on its first line, and a text`, EXIT.data);
  return [locale, { title: title.trim().slice(0, 200), text }];
}
