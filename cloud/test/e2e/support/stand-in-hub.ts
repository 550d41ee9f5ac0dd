import { createReadStream, existsSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const WEB_FOLDER = fileURLToPath(new URL('../../../../dashboard/web/dist', import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** Stricter than the hub's own: no inline style either. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'";

export interface Part {
  readonly name: string;
  readonly state: string;
  readonly detail?: string;
  readonly reasons?: readonly { readonly code: string; readonly count?: number }[];
  readonly milliseconds: number;
}

const PARTS: readonly Part[] = [
  { name: 'database', state: 'up', detail: 'schema up to date', milliseconds: 2 },
  { name: 'queue', state: 'up', milliseconds: 4 },
  { name: 'files', state: 'up', milliseconds: 1 },
  { name: 'outbox', state: 'up', detail: '0 waiting, 0 failed', milliseconds: 3 },
  { name: 'audit', state: 'up', detail: '0 entries wait for their seal', milliseconds: 3 },
];

/** Says what it is told to say: for states that a healthy hub cannot be brought into at will. */
export class StandInHub {
  readonly #server: Server;
  port = 0;
  parts = PARTS;
  draining = false;
  /** Answers nothing: the request hangs. */
  mute = false;
  /** Answers as a proxy in front of a dead hub does. */
  proxyPage = false;

  constructor() {
    if (!existsSync(join(WEB_FOLDER, 'index.html'))) {
      throw new Error('the dashboard is not built: run make setup');
    }
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname } = new URL(request.url ?? '/', this.url);
    if (pathname === '/readyz') this.#ready(response);
    else if (pathname === '/api/v1/about') {
      const about = {
        name: 'meterline',
        version: '0.1.0',
        commit: '4be1d7f09c2a',
        role: 'all',
        layer: 'plain',
      };
      send(response, 200, { ...about, time: new Date().toISOString() });
    } else this.#file(pathname, response);
  }

  #ready(response: ServerResponse): void {
    if (this.mute) return;
    if (this.proxyPage) {
      response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>');
      return;
    }
    const ready = !this.draining && this.parts.every((part) => part.state !== 'down');
    const status = this.draining ? 'draining' : ready ? 'ready' : 'not ready';
    send(response, ready ? 200 : 503, { status, ready, draining: this.draining, dependencies: this.parts });
  }

  #file(pathname: string, response: ServerResponse): void {
    const path = join(WEB_FOLDER, pathname === '/' ? 'index.html' : pathname);
    if (!path.startsWith(WEB_FOLDER) || !existsSync(path)) {
      response.writeHead(404).end();
      return;
    }
    const type = TYPES[extname(path)] ?? 'application/octet-stream';
    response.writeHead(200, { 'content-type': type, 'content-security-policy': POLICY });
    createReadStream(path).pipe(response);
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
