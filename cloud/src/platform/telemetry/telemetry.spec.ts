import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defineErrors } from '../../kernel/errors.ts';
import { actForOrganisation, createLogger, createMetrics, LogHold, runInContext, scrubber } from './index.ts';

function capture(format: 'json' | 'pretty', secrets: string[] = []) {
  const lines: string[] = [];
  const logger = createLogger({
    level: 'trace',
    format,
    secrets,
    output: { write: (line) => void lines.push(line) },
  });
  return { logger, lines, text: () => lines.join('') };
}

const specError = defineErrors({
  spec_logged: { kind: 'unavailable', retryable: true, meaning: 'somebody else works on it' },
  spec_broken: { kind: 'internal', retryable: false, meaning: 'it should not have come to this' },
});

describe('LogHold', () => {
  const held = (format: 'json' | 'pretty' = 'json') => {
    const lines: string[] = [];
    const hold = new LogHold();
    const output = { write: (line: string) => void lines.push(line) };
    const logger = createLogger({ level: 'info', format, secrets: ['hidden'], output, hold });
    const said = () => lines.map((line) => /\bsaid-(\w+)/.exec(line)?.[1]);
    return { hold, lines, logger, said };
  };

  it.each(['json', 'pretty'] as const)(
    'keeps warnings and errors back until it is released, in %s',
    (format) => {
      const { hold, lines, logger, said } = held(format);
      logger.warn('said-one hidden');
      logger.info('said-two');
      logger.child({ part: 'nest' }).error({ err: new Error('x') }, 'said-three');
      expect(said()).toEqual(['two']);
      hold.release();
      expect(said()).toEqual(['two', 'one', 'three']);
      logger.warn('said-four');
      hold.release();
      expect(said()).toEqual(['two', 'one', 'three', 'four']);
      expect(lines.join('')).not.toContain('hidden');
    },
  );

  it('keeps nothing from who reads how a process came to its end', () => {
    const { logger, said } = held();
    logger.error('said-one');
    logger.fatal('said-end');
    expect(said()).toEqual(['one', 'end']);
  });
});

describe('logger', () => {
  it('names request and organisation on every line of the work', () => {
    const { logger, lines } = capture('json');
    runInContext({ requestId: 'r-1' }, () => {
      logger.info('before sign-in');
      actForOrganisation('o-1');
      logger.child({ part: 'x' }).info('after sign-in');
    });
    logger.info('outside');
    const [first, second, third] = lines.map((line) => JSON.parse(line));
    expect(first).toMatchObject({ level: 'info', requestId: 'r-1', msg: 'before sign-in' });
    expect(first).not.toHaveProperty('organisationId');
    expect(second).toMatchObject({ requestId: 'r-1', organisationId: 'o-1', part: 'x' });
    expect(third).not.toHaveProperty('requestId');
  });

  it.each(['json', 'pretty'] as const)('masks credentials and known secrets in %s', (format) => {
    const { logger, text } = capture(format, ['p@ss"word1', 'operator-token-1']);
    logger.info({
      req: { headers: { authorization: 'Bearer leak-a', cookie: 'sid=leak-b' } },
      password: 'leak-c',
    });
    logger.error({
      err: Object.assign(new Error('cannot reach postgres://u:p@ss"word1@h'), { parameters: ['leak-d'] }),
    });
    logger.warn('the token operator-token-1 was refused, as was p%40ss%22word1');
    expect(text()).not.toMatch(/leak-|word1|operator-token-1/);
    expect(text()).toContain('[secret]');
  });

  it('keeps type, code and causes of an error, and nothing else that hangs on it', () => {
    const { logger, lines } = capture('json');
    const cause = Object.assign(new Error('reset'), {
      code: 'ECONNRESET',
      detail: 'Key (email)=(a@b) exists',
    });
    logger.error({ err: new TypeError('failed', { cause }) }, 'x');
    const { err } = JSON.parse(lines[0] ?? '{}');
    expect(err).toMatchObject({ type: 'TypeError', message: 'failed', cause: { code: 'ECONNRESET' } });
    expect(lines[0]).not.toContain('a@b');
  });

  it('says where an error was thrown only of those that nobody declared, and of ours', () => {
    const { logger, lines } = capture('json');
    logger.warn({ err: specError('spec_logged') }, 'x');
    logger.warn({ err: specError('spec_logged', { cause: new Error('reset') }) }, 'x');
    logger.warn({ err: specError('spec_broken') }, 'x');
    logger.warn({ err: new Error('typo') }, 'x');
    const [busy, caused, broken, unknown] = lines.map((line) => JSON.parse(line).err);
    expect(busy).toEqual({ type: 'AppError', message: 'somebody else works on it', code: 'spec_logged' });
    expect(caused).toMatchObject({ cause: { stack: expect.stringContaining('reset') } });
    expect(caused).not.toHaveProperty('stack');
    for (const err of [broken, unknown]) expect(err.stack).toContain('telemetry.spec.ts');
  });
});

describe('scrubber', () => {
  it('leaves no secret in any text around it', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 6 }), fc.string(), fc.string(), (secret, before, after) => {
        fc.pre(!'[secret]'.includes(secret));
        expect(scrubber([secret])(before + secret + after).replaceAll('[secret]', '\u0000')).not.toContain(
          secret,
        );
      }),
    );
  });
});

describe('metrics', () => {
  it('leaves out a gauge that cannot be read and counts the failure', async () => {
    const metrics = createMetrics('api');
    metrics.probe('meterline_good', 'Good', ['pool'], () => [{ labels: { pool: 'app' }, value: 3 }]);
    metrics.probe('meterline_bad', 'Bad', ['pool'], () => Promise.reject(new Error('down')));
    metrics.probe('meterline_lonely', 'Bad, without labels', [], () => Promise.reject(new Error('down')));
    await metrics.registry.metrics();
    const text = await metrics.registry.metrics();
    expect(text).toContain('meterline_good{pool="app",role="api"} 3');
    expect(text).not.toMatch(/^meterline_(bad|lonely)/m);
    expect(text).toContain('meterline_probe_failures_total{probe="meterline_bad",role="api"}');
    expect(text).toContain('nodejs_eventloop_lag_seconds');
  });
});
