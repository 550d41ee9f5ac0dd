import type { LoggerService } from '@nestjs/common';
import type { Logger } from '../telemetry/index.ts';

/** Nest tells what it wires; that is for debugging, not for an operator. */
export function nestLogger(logger: Logger): LoggerService {
  const at =
    (level: 'fatal' | 'error' | 'warn' | 'debug' | 'trace') =>
    (message: unknown): void =>
      logger[level]({ part: 'nest' }, message instanceof Error ? message.message : String(message));
  return {
    fatal: at('fatal'),
    error: at('error'),
    warn: at('warn'),
    log: at('debug'),
    debug: at('trace'),
    verbose: at('trace'),
  };
}
