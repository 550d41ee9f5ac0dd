import { type KeyRing, ringOf, verifierOf } from '@meterline/contracts';
import { type Command, Option } from 'commander';
import { IdentityError, readIdentity } from '../enrol/identity.ts';
import { type JournalReader, journalPath, readJournal, type VerifyReport } from '../store/index.ts';
import { EXIT, Failure, type Io } from './io.ts';
import { type ExportOptions, exportJournal, sequenceOption, timeOption } from './journal-export.ts';
import { stateOption } from './state-option.ts';

export interface JournalOptions {
  readonly state: string;
  readonly key?: string;
  readonly json?: boolean;
}

export function addJournal(program: Command, io: Io): void {
  const journal = program
    .command('journal')
    .description('the file in which readings wait for the hub; both read it beside an agent that writes it');
  const common = (command: Command): Command =>
    command
      .argument('[file]', 'another journal, such as one that was put aside; default: that of --state')
      .addOption(stateOption())
      .option('--key <hex>', "the gateway's public key, 64 hex digits; default: that of --state");
  common(journal.command('verify'))
    .description('check pages, rows, numbering, chain, signatures and receipts; one line for each fault')
    .option('--json', 'one JSON object')
    .action((file: string | undefined, options: JournalOptions) => verify(file, options, io));
  common(journal.command('export'))
    .description('readings and events, each once, in the order in which they were sealed')
    .addOption(
      new Option('--format <name>', 'evidence: the file as it stands, with the signed bytes, as JSON lines')
        .choices(['csv', 'jsonl', 'evidence'])
        .default('csv'),
    )
    .option(
      '--from <time>',
      'read at this time or later, such as 2026-11-01 or 2026-11-01T07:00+07:00',
      timeOption,
    )
    .option('--to <time>', 'read before this time', timeOption)
    .option('--sequence <range>', 'numbers of the journal, such as 1200-1300', sequenceOption)
    .option('--out <file>', 'a new file; default: the standard output')
    .action((file: string | undefined, options: JournalOptions & ExportOptions) =>
      withJournal(file, options, (reader, keys) => exportJournal(reader, keys, options, io)),
    );
}

async function verify(file: string | undefined, options: JournalOptions, io: Io): Promise<void> {
  const report = await withJournal(file, options, (reader, keys) => {
    io.progress?.('checking the pages of the file');
    try {
      return reader.verify(keys, progressOf(io));
    } finally {
      io.progress?.('');
    }
  });
  if (options.json) io.out(JSON.stringify(report));
  else for (const line of reportLines(report)) io.out(line);
  if (!report.ok) throw new Failure(`${report.found} faults in the journal`, EXIT.faulty);
}

function progressOf(io: Io): (done: number, of: number) => void {
  let shown = 0;
  return (done, of) => {
    const now = performance.now();
    if (!io.progress || (now - shown < 200 && done < of)) return;
    shown = now;
    io.progress(`${String(Math.round((done * 100) / of)).padStart(3)} %  ${done} of ${of} rows and batches`);
  };
}

function reportLines({
  ok,
  journal,
  last,
  watermark,
  rows,
  batches,
  signatures,
  faults,
  found,
}: VerifyReport): string[] {
  const lines = faults.map(({ what, where, detail }) => `${what}: ${where}: ${detail}`);
  if (found > faults.length) lines.push(`… and ${found - faults.length} more`);
  const counted = `${rows} rows, ${batches} batches, ${signatures} signatures`;
  if (ok)
    lines.push(`verified: journal ${journal}, ${last} numbers, receipted up to ${watermark}; ${counted}`);
  return lines;
}

async function withJournal<T>(
  file: string | undefined,
  { state, key }: JournalOptions,
  work: (reader: JournalReader, keys: KeyRing) => T | Promise<T>,
): Promise<T> {
  const path = file ?? journalPath(state);
  const keys = keysOf(state, key, file);
  let reader: JournalReader | undefined;
  try {
    reader = readJournal(path);
    return await work(reader, keys);
  } catch (error) {
    throw expected(error, path);
  } finally {
    reader?.close();
  }
}

function keysOf(state: string, key: string | undefined, file: string | undefined): KeyRing {
  const publicKey = key ?? identityOf(state)?.signer.publicKey;
  if (publicKey === undefined) {
    const what =
      file === undefined
        ? `${state} holds no gateway`
        : `whose journal this is cannot be known from ${state}`;
    throw new Failure(`${what}: give its public key with --key, or another --state`, EXIT.unreadable);
  }
  const verifier = verifierOf(publicKey);
  if (!verifier.ok) throw new Failure(`--key: ${verifier.detail}`, EXIT.usage);
  return ringOf(verifier.key);
}

function identityOf(state: string): ReturnType<typeof readIdentity> {
  try {
    return readIdentity(state);
  } catch (error) {
    if (error instanceof IdentityError) throw new Failure(error.message, EXIT.faulty, { cause: error });
    throw expected(error, state);
  }
}

const OF_FILE: Readonly<Record<string, string>> = {
  SQLITE_CANTOPEN: 'does not exist, or may not be read by this user',
  SQLITE_NOTADB: 'is no journal',
  SQLITE_ERROR: 'is no journal of this agent',
  EACCES: 'may not be read by this user; try sudo',
  EPERM: 'may not be read by this user; try sudo',
};

function expected(error: unknown, path: string): unknown {
  if (error instanceof Failure || !(error instanceof Error) || !('code' in error)) return error;
  const code = String(error.code);
  const fail = (text: string, exit: Failure['exitCode']) =>
    new Failure(`${path} ${text}`, exit, { cause: error });
  const why = OF_FILE[code];
  if (why !== undefined) return fail(why, /NOTADB|ERROR/.test(code) ? EXIT.faulty : EXIT.unreadable);
  if (code.startsWith('SQLITE_CORRUPT')) return fail(`is damaged: ${error.message}`, EXIT.faulty);
  if (code.startsWith('SQLITE_BUSY')) return fail('is in use: try again', EXIT.unavailable);
  if (code.startsWith('SQLITE_')) return fail(`cannot be read: ${error.message}`, EXIT.unreadable);
  return error;
}
