import { type Problem, parseProblem } from './problem.ts';

export type FetchFailure = 'offline' | 'timeout' | 'unreachable' | 'unexpected';

export type Fetched =
  | { readonly ok: true; readonly status: number; readonly body: unknown }
  | { readonly ok: false; readonly failure: FetchFailure; readonly problem?: Problem };

export interface GetOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Statuses beyond 2xx whose JSON is an answer too, as /readyz says 503. */
  readonly accept?: readonly number[];
}

/** Network trouble is an expected outcome here, so it is returned; only the caller's own abort is thrown. */
export async function getJson(path: string, options: GetOptions): Promise<Fetched> {
  const deadline = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline;
  try {
    const response = await fetch(path, {
      signal,
      cache: 'no-store',
      headers: { accept: 'application/json' },
    });
    const body: unknown = await readJson(response);
    const accepted = response.ok || (options.accept?.includes(response.status) ?? false);
    if (accepted && body !== undefined) return { ok: true, status: response.status, body };
    const problem = parseProblem(body);
    return { ok: false, failure: 'unexpected', ...(problem && { problem }) };
  } catch (error) {
    if (options.signal?.aborted) throw error;
    if (deadline.aborted) return { ok: false, failure: 'timeout' };
    return { ok: false, failure: navigator.onLine ? 'unreachable' : 'offline' };
  }
}

async function readJson(response: Response): Promise<unknown> {
  const type = response.headers.get('content-type') ?? '';
  if (!/^application\/([\w.-]+\+)?json\b/.test(type)) return undefined;
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
