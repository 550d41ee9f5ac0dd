import { describe, expect, it } from 'vitest';
import { AppError, declaredErrors, defineErrors, isAppError, kernelError, toAppError } from './errors.ts';
import { err, ok, type Result, unwrap } from './result.ts';

const specError = defineErrors({
  spec_gone: { kind: 'not_found', retryable: false, meaning: 'the thing is gone' },
  spec_busy: { kind: 'unavailable', retryable: true, meaning: 'the thing is busy' },
});

describe('typed errors', () => {
  it('carry code, kind, whether to try again, cause and details', () => {
    const cause = new Error('socket closed');
    const error = specError('spec_busy', { message: 'meter 7 is busy', cause, details: { meter: 7 } });
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({
      code: 'spec_busy',
      kind: 'unavailable',
      retryable: true,
      message: 'meter 7 is busy',
      cause,
      details: { meter: 7 },
    });
    expect(error.stack).toContain('errors.spec.ts');
  });

  it('fall back to the meaning of their code', () => {
    const error = specError('spec_gone');
    expect(error.message).toBe('the thing is gone');
    expect(error.details).toEqual({});
    expect(Object.hasOwn(error, 'cause')).toBe(false);
  });

  it('serialise without stack and cause, which may hold what must not leave the process', () => {
    const text = JSON.stringify(specError('spec_gone', { cause: new Error('password=hunter2') }));
    expect(JSON.parse(text)).toEqual({
      code: 'spec_gone',
      kind: 'not_found',
      retryable: false,
      message: 'the thing is gone',
      details: {},
    });
  });

  it.each([
    [specError('spec_gone'), 'spec_gone', true],
    [specError('spec_gone'), 'spec_busy', false],
    [specError('spec_gone'), undefined, true],
    [new Error('plain'), undefined, false],
    ['text', undefined, false],
  ])('%s asked for %s is %s', (error, code, expected) => {
    expect(isAppError(error, code)).toBe(expected);
  });

  it('keep a typed error as it is and wrap anything else', () => {
    const typed = specError('spec_gone');
    expect(toAppError(typed)).toBe(typed);
    const plain = new Error('boom');
    expect(toAppError(plain)).toMatchObject({
      code: 'internal_error',
      retryable: true,
      cause: plain,
      message: 'boom',
    });
    expect(toAppError('boom')).toMatchObject({ code: 'internal_error', message: 'boom', cause: 'boom' });
  });
});

describe('the table of codes', () => {
  it('refuses a code that another module owns', () => {
    const rule = { kind: 'invalid', retryable: false, meaning: 'x' } as const;
    expect(() => defineErrors({ spec_gone: rule })).toThrow('"spec_gone" is declared twice');
  });

  it.each(['Upper_case', 'dash-ed', '_led', 'trailing_', '9start', ''])(
    'refuses the spelling "%s"',
    (code) => {
      const rule = { kind: 'invalid', retryable: false, meaning: 'x' } as const;
      expect(() => defineErrors({ [code]: rule })).toThrow('lower_snake_case');
    },
  );

  it('lists every declared code once, sorted, with a meaning', () => {
    const codes = declaredErrors().map((entry) => entry.code);
    expect(codes).toEqual([...new Set(codes)].sort());
    expect(codes).toContain('money_currency_mismatch');
    for (const entry of declaredErrors()) expect(entry.meaning.length).toBeGreaterThan(0);
  });

  it('has only one retryable fault in the pure kernel: the unforeseen', () => {
    expect(kernelError('internal_error').retryable).toBe(true);
    expect(kernelError('money_malformed').retryable).toBe(false);
  });
});

describe('results', () => {
  const half = (n: number): Result<number, string> => (n % 2 === 0 ? ok(n / 2) : err(`${n} is odd`));

  it('are values', () => {
    expect(half(4)).toEqual({ ok: true, value: 2 });
    expect(half(3)).toEqual({ ok: false, error: '3 is odd' });
  });

  it('unwrap to the value, or throw the error that was ruled out', () => {
    expect(unwrap(half(4))).toBe(2);
    expect(() => unwrap(half(3))).toThrow('3 is odd');
    const typed = specError('spec_gone');
    expect(() => unwrap(err(typed))).toThrow(typed);
  });
});
