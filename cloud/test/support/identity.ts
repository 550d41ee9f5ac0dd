import { randomBytes } from 'node:crypto';
import type { DynamicModule } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Temporal } from 'temporal-polyfill';
import { counterAt, hotp } from '../../src/identity/domain/totp.ts';
import {
  deriveIdentityKeys,
  type IdentityParts,
  type IdentityServices,
  identityModule,
  identityServices,
  type PersonRecords,
  type Role,
} from '../../src/identity/index.ts';
import { PasswordHasher } from '../../src/identity/password-hash.ts';
import { type MovableClock, movableClock } from '../../src/kernel/clock.ts';
import { createIds } from '../../src/kernel/ids.ts';
import { createHttpServer, Readiness } from '../../src/platform/http/index.ts';
import { KeyVault } from '../../src/platform/pki/index.ts';
import { createLogger, createMetrics } from '../../src/platform/telemetry/index.ts';
import { SitesService, sitesModule } from '../../src/sites/index.ts';
import { type FreshDatabase, freshDatabase } from './database.ts';
import { type OpenSites, openSites } from './sites.ts';

const OPERATOR = 'operator-token-0123456789abcdef';
export const PASSWORD = 'four words by the khlong';
/** Many sign in here; what a hash must cost is the matter of its own tests. */
const QUICK = { memory: 1024, passes: 1, parallelism: 1 };
const BY = { actor: { kind: 'operator', id: 'test' } };

export interface Answer {
  readonly status: number;
  // Whatever the API says; tests compare it.
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
}

/** A browser with its cookies, or a program with its bearer, at an address. */
export class Client {
  readonly #base: string;
  readonly address: string;
  cookies = new Map<string, string>();
  bearer: string | undefined;

  constructor(base: string, address: string) {
    this.#base = base;
    this.address = address;
  }

  async ask(
    method: string,
    path: string,
    body?: object,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(`${this.#base}/api/v1${path}`, {
      method,
      headers: {
        'x-forwarded-for': this.address,
        origin: this.#base,
        ...(cookie !== '' && { cookie }),
        ...(this.bearer !== undefined && { authorization: `Bearer ${this.bearer}` }),
        ...(body && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';', 1)[0] ?? '').split('=');
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : JSON.parse(text), headers: response.headers };
  }

  get = (path: string) => this.ask('GET', path);
  post = (path: string, body: object = {}) => this.ask('POST', path, body);

  signIn(login: string, password = PASSWORD, code?: string) {
    return this.post('/session', { login, password, ...(code !== undefined && { code }) });
  }
}

export interface Joined {
  readonly person: string;
  readonly login: string;
  readonly client: Client;
  /** Of the authenticator app, if there is one. */
  readonly secret?: Buffer;
}

export interface IdentityStage {
  readonly fresh: FreshDatabase;
  readonly ground: OpenSites;
  readonly clock: MovableClock;
  readonly services: IdentityServices;
  readonly logs: string[];
  readonly base: string;
  /** The same hub once more, on the same database: it remembers nothing of what this one saw. */
  anotherProcess(): IdentityServices;
  client(address?: string): Client;
  operator(): Client;
  addOrganisation(name: string): Promise<string>;
  /** Invites, accepts, and sets up the second factor where the role demands it. */
  join(organisation: string, roles: readonly Role[], login: string): Promise<Joined>;
  codeOf(secret: Buffer): string;
  close(): Promise<void>;
}

/** A hub's API with sign-ins on a real database; its clock is the test's. */
export async function openIdentity(
  modules: readonly DynamicModule[] | ((services: IdentityServices) => readonly DynamicModule[]) = [],
  options: {
    readonly records?: readonly PersonRecords[];
    readonly sendsMail?: boolean;
    readonly master?: Buffer;
  } = {},
): Promise<IdentityStage> {
  const fresh = await freshDatabase();
  const master = options.master ?? randomBytes(32);
  const ground = openSites(fresh, master);
  const clock = movableClock(Temporal.Now.instant());
  const parts: IdentityParts = {
    db: ground.parts.db,
    clock,
    ids: createIds(clock),
    random: randomBytes,
    keys: deriveIdentityKeys(master),
    vault: new KeyVault(master),
    publicUrl: undefined,
    operatorToken: OPERATOR,
    records: options.records ?? [],
    sendsMail: options.sendsMail ?? false,
  };
  const anotherProcess = () => identityServices(parts, new PasswordHasher({ cost: QUICK }));
  const services = anotherProcess();
  const logs: string[] = [];
  const app: NestFastifyApplication = await createHttpServer({
    http: {
      host: '127.0.0.1',
      port: 0,
      trustProxy: ['127.0.0.1'],
      bodyLimitBytes: 4096,
      requestTimeoutMs: 20_000,
      rateLimit: { perMinute: 0 },
      operatorToken: OPERATOR,
    },
    version: '0.0.0',
    module: {
      module: class Root {},
      imports: [
        identityModule(services),
        sitesModule({ ...ground.parts, operatorToken: OPERATOR, gate: services.gate }),
        ...(typeof modules === 'function' ? modules(services) : modules),
      ],
    },
    readiness: new Readiness([], () => performance.now()),
    logger: createLogger({
      level: 'trace',
      format: 'json',
      secrets: [],
      output: { write: (line: string) => void logs.push(line) },
    }),
    metrics: createMetrics('api'),
  });
  await app.listen(0, '127.0.0.1');
  const base = await app.getUrl();
  let addresses = 0;
  const client = (address?: string) => {
    addresses += 1;
    return new Client(base, address ?? `10.0.0.${addresses}`);
  };
  const operator = () => {
    const one = client('10.9.9.9');
    one.bearer = OPERATOR;
    return one;
  };
  // A code counts once: whoever needs another lets a step pass.
  const codeOf = (secret: Buffer) => {
    clock.advance({ seconds: 30 });
    return hotp(secret, counterAt(clock.now().epochMilliseconds));
  };
  return {
    fresh,
    ground,
    clock,
    services,
    logs,
    base,
    anotherProcess,
    client,
    operator,
    codeOf,
    addOrganisation: async (name) => (await new SitesService(ground.parts).addOrganisation({ name }, BY)).id,
    join: async (organisation, roles, login) => {
      const invited = await operator().post(`/identity/organisations/${organisation}/invitations`, {
        name: `The ${roles.join(' and ')}`,
        contact: login,
        roles,
      });
      const token = String(invited.body.address).split('#')[1];
      const one = client();
      const accepted = await one.post('/identity/invitations/accept', { token, password: PASSWORD });
      const person = String(accepted.body.person);
      if (!roles.some((role) => role === 'owner' || role === 'platform_admin'))
        return { person, login, client: one };
      const secret = await enrol(one, codeOf);
      return { person, login, client: one, secret };
    },
    close: async () => {
      await app.close();
      await ground.close();
      await fresh.drop();
    },
  };
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** As an authenticator app reads it. */
function fromBase32(text: string): Buffer {
  const bits = [...text].map((each) => ALPHABET.indexOf(each).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

export async function enrol(client: Client, codeOf: (secret: Buffer) => string): Promise<Buffer> {
  const begun = await client.post('/identity/second-factor', { password: PASSWORD });
  const secret = fromBase32(String(begun.body.secret));
  await client.post('/identity/second-factor/confirm', { code: codeOf(secret) });
  return secret;
}
