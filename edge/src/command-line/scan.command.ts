import { type Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../clock.ts';
import { loadProfiles } from '../meters/profile-store.ts';
import { type FoundUnit, likelyFormats, scanLine } from '../poll/index.ts';
import { formatPortUrl, type LineFormat, listSerialPorts, openBus, type PortAddress } from '../wire/index.ts';
import { EXIT, Failure, type Io } from './io.ts';
import { interruptible, portOption, unitsOption, wholeOption } from './port-option.ts';

interface ScanOptions {
  readonly port?: Port;
  readonly units: readonly number[];
  readonly baud?: readonly number[];
  readonly parity?: readonly LineFormat['parity'][];
  readonly timeout: number;
  readonly thorough?: boolean;
  readonly json?: boolean;
  readonly profiles?: string;
}

interface Port {
  readonly address: PortAddress;
  /** The speed stands in the URL: no other is tried. */
  readonly fixed: boolean;
}

interface Found extends FoundUnit {
  readonly url: string;
}

/** Formats that are tried unless all are asked for: six cover most lines, and a scan shall end. */
const USUAL_FORMATS = 6;
const TIMEOUT_MS = 200;
const LATE_MS = 400;

export function addScan(program: Command, io: Io): void {
  program
    .command('scan')
    .description('find the meters of a line and say which models they are')
    .option('--port <url>', 'the line; without it the serial ports of this machine are listed', (text) => ({
      address: portOption(text),
      fixed: /[?&]baud=/.test(text),
    }))
    .addOption(unitsOption('such as 1-32 or 1,5,17'))
    .option('--baud <list>', 'speeds to try, such as 9600,19200', listOption('a speed', /^\d{3,7}$/, Number))
    .option(
      '--parity <list>',
      'parities to try: none,even,odd',
      listOption('a parity', /^(none|even|odd)$/, (text) => text as LineFormat['parity']),
    )
    .option(
      '--timeout <ms>',
      'how long an answer is waited for',
      wholeOption('a time-out', 10, 5_000),
      TIMEOUT_MS,
    )
    .option('--thorough', 'all speeds and parities, also after meters were found')
    .option('--json', 'one JSON object')
    .option('--profiles <folder>', 'a folder with models of your own')
    .action((options: ScanOptions) => scan(options, io));
}

function listOption<T>(what: string, form: RegExp, read: (text: string) => T): (text: string) => T[] {
  return (text) =>
    text.split(',').map((part) => {
      if (!form.test(part.trim())) throw new InvalidArgumentError(`${part} is not ${what}.`);
      return read(part.trim());
    });
}

async function scan(options: ScanOptions, io: Io): Promise<void> {
  if (!options.port) {
    listPorts(io, options.json ?? false);
    return;
  }
  const { profiles: own } = options;
  const profiles = [...loadProfiles(own === undefined ? {} : { own }).profiles.values()].map(
    ({ profile }) => profile,
  );
  const lines = linesOf(options.port, options, likelyFormats(profiles, options));
  const stop = interruptible();
  const bar = new Progress(io, lines.length * options.units.length * 2);
  const found: Found[] = [];
  let complete = true;
  let tried = 0;
  try {
    for (const address of lines) {
      if (stop.signal.aborted || (found.length > 0 && !options.thorough)) break;
      const url = formatPortUrl(address);
      tried += 1;
      const bus = openBus(address, systemClock(), {
        lateReplyMs: Math.max(LATE_MS, 2 * options.timeout),
        listenFirst: tried === 1,
      });
      const base = (tried - 1) * options.units.length * 2;
      let asked = 0;
      const result = await scanLine(bus, {
        units: options.units,
        profiles,
        timeoutMs: options.timeout,
        signal: stop.signal,
        asked: (unit) => bar.show(base + ++asked, `${settingsOf(address)}unit ${unit}`, found.length),
        found: (unit) => {
          found.push({ ...unit, url });
          bar.clear();
          if (!options.json) io.out(foundText({ ...unit, url }));
        },
      });
      await bus.stop();
      if (result.kind === 'port') throw new Failure(result.reason, EXIT.unavailable);
      complete &&= result.complete;
    }
  } finally {
    stop.release();
    bar.clear();
  }
  tell(options, { found, complete: complete && !stop.signal.aborted, tried, of: lines.length }, io);
}

function listPorts(io: Io, json: boolean): void {
  const ports = listSerialPorts();
  if (ports.length === 0)
    throw new Failure('this machine has no serial port; name one with --port', EXIT.unavailable);
  if (json)
    io.out(
      JSON.stringify({ ports: ports.map(({ name, friendly }) => ({ url: `serial://${name}`, friendly })) }),
    );
  else for (const { name, friendly } of ports) io.out(`serial://${name}  ${friendly}`);
}

/** The speeds and parities of a serial line; others have one format, which is set in the converter. */
function linesOf(
  { address, fixed }: Port,
  { baud, parity, thorough }: ScanOptions,
  likely: readonly LineFormat[],
): PortAddress[] {
  if (address.kind !== 'serial' || (fixed && !baud && !parity)) return [address];
  const formats = likely.filter((format) => (!baud && fixed ? format.baud === address.line.baud : true));
  const named = baud !== undefined || parity !== undefined || thorough;
  const wanted = named ? formats : formats.slice(0, USUAL_FORMATS);
  return wanted.map((line) => ({ ...address, line }));
}

const verdictOf = ({ candidates, damaged }: FoundUnit): string => {
  const [best] = candidates;
  if (damaged) return 'answers, but damaged: two meters with this number, or bad wires';
  if (!best) return 'answers, of no known model';
  const twins = best.indistinguishable.length > 0 ? `, or ${best.indistinguishable.join(', ')}` : '';
  return `${best.profile}${twins} (${best.verdict}: ${best.reasons[0] ?? ''})`;
};

const foundText = (found: Found): string =>
  `unit ${String(found.unit).padStart(3)}  ${found.url}  ${verdictOf(found)}`;

interface Told {
  readonly found: readonly Found[];
  readonly complete: boolean;
  readonly tried: number;
  readonly of: number;
}

function tell({ json, units }: ScanOptions, { found, complete, tried, of }: Told, io: Io): void {
  if (json) {
    const list = found.map(({ unit, url, damaged, candidates }) => ({
      unit,
      port: url,
      profile: candidates[0]?.profile ?? null,
      verdict: candidates[0]?.verdict ?? (damaged ? 'damaged' : 'unknown'),
      candidates: candidates.map(({ profile }) => profile),
      indistinguishable: candidates[0]?.indistinguishable ?? [],
      reasons: candidates[0]?.reasons ?? [],
    }));
    io.out(JSON.stringify({ found: list, complete, formats: tried }));
  } else if (found.length > 0) {
    io.out(`${found.length} found${complete ? '' : ', not all units were asked'}`);
  }
  if (found.length > 0) return;
  const how = complete
    ? `${units.length} units, ${tried} of ${of} line settings`
    : 'interrupted before all were asked';
  const more = tried < of || of === USUAL_FORMATS ? ', or try --thorough' : '';
  throw new Failure(`nobody answers (${how}); check wires and power${more}`, EXIT.unanswered);
}

/** What changes from one round to the next. */
const settingsOf = (address: PortAddress): string =>
  address.kind === 'serial' ? `${address.line.baud} ${address.line.parity} ` : '';

const WIDTH = 24;

class Progress {
  private readonly io: Io;
  private readonly total: number;
  private readonly began = performance.now();
  private shown = 0;

  constructor(io: Io, total: number) {
    this.io = io;
    this.total = total;
  }

  show(done: number, where: string, found: number): void {
    const now = performance.now();
    if (!this.io.progress || (now - this.shown < 100 && done < this.total)) return;
    this.shown = now;
    const share = Math.min(1, done / this.total);
    const full = Math.round(share * WIDTH);
    const left = Math.round(((now - this.began) / 1_000) * (1 / Math.max(share, 1e-6) - 1));
    const bar = `${'█'.repeat(full)}${'░'.repeat(WIDTH - full)}`;
    this.io.progress(
      `${bar} ${String(Math.round(share * 100)).padStart(3)} %  ${where}  ${found} found  ${timeText(left)} left`,
    );
  }

  clear(): void {
    this.io.progress?.('');
  }
}

const timeText = (seconds: number): string =>
  seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
