import { setTimeout as sleep } from 'node:timers/promises';

export type Row = Readonly<Record<string, unknown>>;

/** What the hub said no to. */
export class HubRefusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(what: string, status: number, code: string, detail: string) {
    super(`${what}: ${detail} (${code})`);
    this.status = status;
    this.code = code;
  }
}

const BUSY = new Set([429, 503]);
const TRIES = 20;

/** The hub over HTTP, in somebody's name, as any other program would use it. */
export class HubApi {
  readonly #url: string;
  readonly #origin: string;
  readonly #token: () => Promise<string | undefined>;

  constructor(url: string, token: () => Promise<string | undefined>) {
    this.#url = `${url}/api/v1`;
    this.#origin = url;
    this.#token = token;
  }

  get<T = Row>(path: string): Promise<T> {
    return this.#ask('GET', path);
  }

  async list(path: string): Promise<Row[]> {
    return (await this.get<{ items: Row[] }>(path)).items;
  }

  post<T = Row>(path: string, body: object = {}): Promise<T> {
    return this.#ask('POST', path, JSON.stringify(body), 'application/json');
  }

  patch<T = Row>(path: string, body: object): Promise<T> {
    return this.#ask('PATCH', path, JSON.stringify(body), 'application/json');
  }

  upload<T = Row>(path: string, csv: string): Promise<T> {
    return this.#ask('POST', path, csv, 'text/csv');
  }

  async #ask<T>(method: string, path: string, body?: string, type?: string): Promise<T> {
    for (let tried = 1; ; tried += 1) {
      const token = await this.#token();
      const headers = {
        // As a page of the hub would: to join is for browsers.
        origin: this.#origin,
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(type !== undefined && { 'content-type': type }),
      };
      const answer = await fetch(this.#url + path, { method, headers, ...(body !== undefined && { body }) });
      const said = (await answer.json().catch(() => ({}))) as T & { code?: string; detail?: string };
      if (answer.ok) return said;
      const isBusy = BUSY.has(answer.status) && tried < TRIES;
      if (!isBusy)
        throw new HubRefusal(
          ...([`${method} ${path.split('?')[0] ?? path}`, answer.status] as const),
          ...([said.code ?? 'unknown', said.detail ?? answer.statusText] as const),
        );
      await sleep(500);
    }
  }
}
