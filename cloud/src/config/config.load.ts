import { readFileSync } from 'node:fs';
import { type ConfigResult, parseConfig } from './config.parse.ts';
import type { Environment } from './config.sources.ts';

export interface LoadRequest {
  readonly env: Environment;
  /** Value of `--config`; wins over METERLINE_CONFIG. */
  readonly file?: string | undefined;
  readonly role?: string | undefined;
}

const MAX_CONFIG_BYTES = 1024 * 1024;

/** The only place where configuration touches the disk. */
export function loadConfig(request: LoadRequest): ConfigResult {
  const path = request.file ?? (request.env.METERLINE_CONFIG || undefined);
  const source = request.file === undefined ? 'METERLINE_CONFIG' : '--config';
  let text: string | undefined;
  if (path !== undefined) {
    try {
      text = readText(path);
    } catch (error) {
      const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      return { ok: false, problems: [{ key: 'file', source, message: `${path} cannot be read: ${reason}` }] };
    }
  }
  return parseConfig({
    env: request.env,
    file: text === undefined || path === undefined ? undefined : { name: path, text },
    options: { role: request.role },
    readFile: readText,
  });
}

function readText(path: string): string {
  const bytes = readFileSync(path);
  if (bytes.length > MAX_CONFIG_BYTES) throw new Error('larger than 1 MiB');
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}
