import { randomBytes } from 'node:crypto';
import { faultLine, idsFrom, type MeterProfile } from '@meterline/contracts';
import { type Command, InvalidArgumentError } from 'commander';
import { chrony, systemClock, timesyncd } from '../clock.ts';
import {
  CommissionedStore,
  Interrupted,
  parseScript,
  type ReadMeter,
  runScript,
  type Scan,
  walk,
} from '../commission/index.ts';
import { loadProfiles } from '../meters/profile-store.ts';
import { likelyFormats, readOnce, scanLine, timingOf } from '../poll/index.ts';
import {
  type Bus,
  DEFAULT_LINE,
  formatPortUrl,
  openBus,
  type PortAddress,
  PortUrlError,
  parsePortUrl,
} from '../wire/index.ts';
import { EXIT, Failure, type Io, readOrFail } from './io.ts';
import { interruptible, unitsOption } from './port-option.ts';
import { TerminalPrompter } from './prompter.ts';
import { stateOption } from './state-option.ts';

interface CommissionOptions {
  readonly state: string;
  readonly port?: string;
  readonly name: string;
  readonly units: readonly number[];
  readonly answers?: string;
  readonly by?: string;
  readonly profiles?: string;
}

const SCAN_TIMEOUT_MS = 250;
const FORMATS = 4;

export function addCommission(program: Command, io: Io): void {
  program
    .command('commission')
    .description(
      'go from meter to meter: scan, name, compare with the display, allow switching; works offline',
    )
    .addOption(stateOption())
    .option('--port <url>', 'serial:///dev/…, tcp://host:port or rtu+tcp://host:port', portText)
    .option('--name <text>', 'what to call this line', 'line 1')
    .addOption(unitsOption('numbers to ask for, such as 1-32; fewer are quicker'))
    .option('--answers <file>', 'a YAML file with the answers, instead of asking')
    .option('--by <id>', 'who commissions: an id, not a name')
    .option('--profiles <folder>', 'a folder with models of your own')
    .action((options: CommissionOptions) => commission(options, io));
}

function portText(text: string): string {
  try {
    parsePortUrl(text);
    return text;
  } catch (error) {
    if (error instanceof PortUrlError) throw new InvalidArgumentError(error.message);
    throw error;
  }
}

async function commission(options: CommissionOptions, io: Io): Promise<void> {
  const clock = systemClock();
  const wallMs = () => clock.wallMs();
  const profiles = loadProfiles(options.profiles === undefined ? {} : { own: options.profiles });
  const lines = new Lines();
  const shared = {
    read: lines.read,
    profiles,
    store: new CommissionedStore(options.state, wallMs),
    ids: idsFrom({ nowMs: wallMs, random: randomBytes }),
    // A time that nobody has confirmed is not written beside a signature-to-be.
    utc: () => (timesyncd()() || chrony()() ? wallMs() : null),
  };
  try {
    if (options.answers !== undefined) await byScript(options.answers, shared, io);
    else await byHand(options, { ...shared, folder: options.state, wallMs, lines }, io);
  } finally {
    await lines.close();
  }
}

type Shared = Pick<Parameters<typeof runScript>[1], 'read' | 'profiles' | 'store' | 'ids' | 'utc'>;

async function byScript(file: string, shared: Shared, io: Io): Promise<void> {
  const parsed = parseScript((await readOrFail(io, file)).toString('utf8'));
  if (!parsed.ok) {
    for (const fault of parsed.faults) io.out(`${file}: ${faultLine(fault)}`);
    throw new Failure(`${file} is faulty`, EXIT.faulty);
  }
  const { kept, failed } = await runScript(parsed.value, { ...shared, say: (line) => io.out(line) });
  if (failed > 0) {
    const words = failed === 1 ? '1 meter was' : `${failed} meters were`;
    throw new Failure(`${words} not commissioned; commissioned: ${kept}`, EXIT.faulty);
  }
  io.out(`${kept} meters commissioned`);
}

async function byHand(
  { port, name, by, units }: CommissionOptions,
  { lines, ...shared }: Shared & { folder: string; wallMs: () => number; lines: Lines },
  io: Io,
): Promise<void> {
  if (port === undefined)
    throw new Failure('say which line: --port (see meterline-edge scan), or --answers', EXIT.usage);
  if (!process.stdin.isTTY)
    throw new Failure('this asks questions: run it in a terminal, or give --answers', EXIT.usage);
  const prompter = new TerminalPrompter(io);
  try {
    const models = [...shared.profiles.profiles.values()].map(({ profile }) => profile);
    const scan = scanWith(models, units, lines);
    const { saved, skipped } = await walk(port, name, {
      ...shared,
      prompter,
      scan,
      ...(by !== undefined && { by }),
    });
    io.out(`${saved} commissioned, ${skipped} left out; the agent takes them in when it starts`);
  } catch (error) {
    if (error instanceof Interrupted) throw new Failure(error.message, EXIT.faulty, { cause: error });
    throw error;
  } finally {
    prompter.close();
  }
}

/** The unit numbers at the settings of the URL; without any, at the likeliest until somebody answers. */
function scanWith(profiles: readonly MeterProfile[], units: readonly number[], lines: Lines): Scan {
  return async (url, progress) => {
    const address = parsePortUrl(url);
    const isOpen = address.kind === 'serial' && !url.includes('?');
    const formats = isOpen ? likelyFormats(profiles).slice(0, FORMATS) : [];
    const tries =
      address.kind === 'serial' && isOpen ? formats.map((line) => ({ ...address, line })) : [address];
    const stop = interruptible();
    try {
      for (const [i, each] of tries.entries()) {
        const at = busUrl(each);
        let [asked, found] = [i * units.length * 2, 0];
        const total = tries.length * units.length * 2;
        const result = await scanLine(lines.open(at), {
          units,
          profiles,
          timeoutMs: SCAN_TIMEOUT_MS,
          signal: stop.signal,
          asked: () => progress(++asked, total, found),
          found: () => progress(asked, total, ++found),
        });
        if (result.kind === 'port')
          throw new Failure(
            `${result.reason}; does the agent use it? sudo systemctl stop meterline-edge`,
            EXIT.unavailable,
          );
        if (stop.signal.aborted) throw new Interrupted('interrupted while scanning');
        if (result.found.length > 0)
          return result.found.map(({ unit, candidates }) => ({ unit, candidates, url: at }));
        await lines.shut(at);
      }
      return [];
    } finally {
      stop.release();
    }
  };
}

/** The spelling of the contract, in which a converter's line stands only where it is not the usual one. */
function busUrl(address: PortAddress): string {
  const url = formatPortUrl(address);
  if (address.kind !== 'rtu+tcp') return url;
  const { baud, parity, stop } = address.line;
  const isUsual = baud === DEFAULT_LINE.baud && parity === DEFAULT_LINE.parity && stop === DEFAULT_LINE.stop;
  return isUsual ? (url.split('?')[0] ?? url) : url;
}

/** One open port a URL: opening it for each read would pull the control lines of some adapters. */
class Lines {
  private readonly opened = new Map<string, Bus>();

  open(url: string): Bus {
    const known = this.opened.get(url);
    if (known) return known;
    const bus = openBus(url, systemClock());
    this.opened.set(url, bus);
    return bus;
  }

  async shut(url: string): Promise<void> {
    const bus = this.opened.get(url);
    this.opened.delete(url);
    await bus?.stop();
  }

  async close(): Promise<void> {
    await Promise.all([...this.opened.keys()].map((url) => this.shut(url)));
  }

  readonly read: ReadMeter = async (url, unit, profile) => {
    const line = timingOf(url);
    const cost = { characterUs: line.characterUs, gapUs: line.t35Us, turnaroundUs: 20_000 };
    const result = await readOnce(this.open(url), { unit, profile, cost });
    if (result.kind !== 'read') return { ok: false, problem: result.reason };
    const missing = result.problems.filter(({ optional }) => !optional);
    if (missing.length === 0) return { ok: true, readings: result.readings };
    const [first] = missing;
    return {
      ok: false,
      problem: `${missing.length} registers cannot be read (${first?.name}: ${first?.problem}): another model?`,
    };
  };
}
