import { describe, expect, it } from 'vitest';
import { AppError } from '../kernel/errors.ts';
import { CommandError, exitCodeOf } from './exit-codes.ts';
import { main } from './main.ts';
import { cell, printRows } from './output.ts';
import { reportFailure, type Terminal } from './terminal.ts';

function recording(env: Record<string, string> = {}) {
  const lines = { out: [] as string[], err: [] as string[] };
  const terminal: Terminal = {
    env,
    out: (text) => void lines.out.push(text),
    err: (text) => void lines.err.push(text),
  };
  return { terminal, lines };
}

const rule = (kind: AppError['kind']) => ({ kind, retryable: false, meaning: 'x' });

describe('exit codes', () => {
  it.each([
    [new CommandError('x', 75), 75],
    [new AppError('port_taken', rule('unavailable')), 69],
    [new AppError('any', rule('timeout')), 69],
    [new AppError('any', rule('misconfigured')), 78],
    [new AppError('database_role_unsafe', rule('misconfigured')), 77],
    [new AppError('any', rule('not_found')), 65],
    [new AppError('any', rule('internal')), 70],
    [new Error('nobody expected this'), 70],
    ['a thrown text', 70],
  ])('%s: %i', (error, code) => {
    expect(exitCodeOf(error)).toBe(code);
  });
});

describe('reportFailure', () => {
  const scrub = (text: string) => text.replaceAll('pw', '[secret]');

  it('is one line for each thing that is wrong, and no stack', () => {
    const { terminal, lines } = recording();
    reportFailure(terminal, new CommandError('first\nsecond pw', 78), { verbose: false, scrub });
    expect(lines.err).toEqual(['meterline: first', 'meterline: second [secret]']);
  });

  it('says that an error was not expected, and shows stack and causes only when asked', () => {
    const error = new Error('odd', { cause: new Error('pw was wrong') });
    const quiet = recording();
    reportFailure(quiet.terminal, error, { verbose: false, scrub });
    expect(quiet.lines.err).toEqual([
      'meterline: odd',
      'meterline: this was not expected; run with --verbose for the details',
    ]);
    const loud = recording();
    reportFailure(loud.terminal, error, { verbose: true, scrub });
    expect(loud.lines.err.join('\n')).toMatch(/at .*\ncaused by Error: \[secret\] was wrong/s);
  });
});

describe('printRows', () => {
  it('aligns columns, and lets no control character of a stranger through', () => {
    const { terminal, lines } = recording();
    const rows = [
      { id: 'mail:1', reason: 'bad\u001b[2Jnews\r\nsecond' },
      { id: 'a', reason: undefined },
    ];
    printRows(terminal, rows, ['id', 'reason'], {});
    expect(lines.out).toEqual(['ID      REASON', 'mail:1  bad [2Jnews second', 'a']);
    expect(cell('x'.repeat(200))).toHaveLength(80);
  });

  it('heads columns with words, and says so when there is nothing', () => {
    const { terminal, lines } = recording();
    printRows(terminal, [{ id: 'a', failedAt: 'now' }], ['id', 'failedAt'], {});
    printRows(terminal, [], ['id', 'failedAt'], {});
    expect(lines.out).toEqual(['ID  FAILED AT', 'a   now', 'none']);
  });

  it('prints one JSON object a line for programs', () => {
    const { terminal, lines } = recording();
    printRows(terminal, [], ['id'], { json: true });
    printRows(terminal, [{ id: 'a', deep: { b: 1 } }], ['id'], { json: true });
    expect(lines.out).toEqual(['{"id":"a","deep":{"b":1}}']);
  });
});

describe('main', () => {
  it('prints the help of every command with its exit code 0', async () => {
    for (const command of ['hub', 'migrate', 'database', 'audit', 'jobs', 'outbox', 'config', 'openapi']) {
      const { terminal, lines } = recording();
      expect(await main([command, '--help'], terminal)).toBe(0);
      expect(lines.out.join('\n')).toMatch(new RegExp(`^Usage: meterline ${command}`));
      expect(lines.err).toEqual([]);
    }
  });

  it.each([
    ['--trust', 'nonsense', 'is no Ed25519 public key (32 bytes in base64, or PEM)'],
    ['--trust', '-----BEGIN PUBLIC KEY-----\nx', 'is no Ed25519 public key (32 bytes in base64, or PEM)'],
    ['--expect', 'bad', 'is not of the form organisation:number:digest'],
    ['--expect', `0190aaaa-0000-7000-8000-00000000000a:0:${'0'.repeat(64)}`, 'is not of the form'],
  ])('takes a wrong %s for a wrong command line: %s', async (option, value, why) => {
    const { terminal, lines } = recording();
    expect(await main(['audit', 'verify', option, value], terminal)).toBe(64);
    expect(lines.err).toHaveLength(1);
    expect(lines.err[0]).toContain(`meterline: ${option}: "${value.slice(0, 9)}`);
    expect(lines.err[0]).toContain(why);
  });

  it('never takes the environment of the process for that of the terminal', async () => {
    const { terminal, lines } = recording({ METERLINE_HTTP__PROT: '1' });
    expect(await main(['hub', '--check-config'], terminal)).toBe(78);
    expect(lines.err[0]).toBe(
      'meterline: config: METERLINE_HTTP__PROT is not a known setting; did you mean METERLINE_HTTP__PORT?',
    );
  });
});

describe('what stands behind an option', () => {
  const declared = 'epoch declare p --at 2026-03-01T00:00Z --reason broken';
  it.each([
    [
      'ingest dead-letters list --state opne',
      '--state must be open, replay, replayed or discarded; "opne" is not',
    ],
    ['ingest conflicts list --state closed', '--state must be open or dismissed; "closed" is not'],
    ['ingest dead-letters list --limit 0', '--limit must be a whole number from 1 to 500; "0" is not'],
    ['jobs failed --limit many', '--limit must be a whole number from 1 to 500; "many" is not'],
    ['ingest refused --hours x', '--hours must be a whole number from 1 to 2160; "x" is not'],
    [
      'ingest completeness --from x --to 2026-01-01',
      '--from: "x" is no day; write it as 2026-01-31, in years of the common era',
    ],
    ['usage audit --points 0', '--points must be a whole number from 1 to 100000; "0" is not'],
    [
      `${declared} --kind replaced --opening -5`,
      '--opening must be a whole number from 0 on, of at most 18 digits; "-5" is not',
    ],
    [
      `${declared} --kind exchanged`,
      '--kind must be installed, replaced, reset, rollover, ratio or confirmed; "exchanged" is not',
    ],
    [
      'suspect resolve s --as reset --reason broken --at now',
      '--at: "now" is no instant; write it with its offset, as 2026-01-31T08:00:00+07:00',
    ],
  ])('%s', async (line, message) => {
    const { terminal, lines } = recording();
    expect(await main(line.split(' '), terminal)).toBe(64);
    expect(lines.err).toEqual([`meterline: ${message}`]);
  });
});
