import { execFileSync } from 'node:child_process';
import { scryptSync, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyIdOf, signedBytes, verifierOf } from '@meterline/contracts';
import { codeFitsKey, readClaimCode } from '../src/enrol/claim-code.ts';
import { type DoorAnswer, type DoorRequest, doorRequest } from '../src/enrol/messages.ts';

export function scratch(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'edge-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

const openssl = (folder: string, args: string[], input?: Buffer): Buffer =>
  execFileSync('openssl', args, { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'], ...(input && { input }) });

/** A certification authority made with OpenSSL: another hand than the one under test. */
export class Authority {
  readonly folder: string;
  readonly certificate: X509Certificate;

  constructor(folder: string, name = 'CN=Test CA') {
    this.folder = folder;
    openssl(folder, [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'],
      ...['-keyout', 'ca.key', '-out', 'ca.pem', '-subj', `/${name}`],
      ...['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign'],
    ]);
    this.certificate = new X509Certificate(readFileSync(join(folder, 'ca.pem')));
  }

  get pem(): string {
    return this.certificate.toString();
  }

  /** Signs a request (DER). `days` may be negative for one that is over. */
  sign(
    csr: Buffer,
    use: 'clientAuth' | 'serverAuth' | 'none' = 'clientAuth',
    over: SignOptions = {},
  ): X509Certificate {
    const extensions = [
      `basicConstraints=critical,CA:${over.ca ? 'TRUE' : 'FALSE'}`,
      ...(use === 'none' ? [] : [`extendedKeyUsage=${use}`]),
      ...(use === 'serverAuth' ? ['subjectAltName=DNS:localhost,IP:127.0.0.1'] : []),
    ];
    writeFileSync(join(this.folder, 'ext'), extensions.join('\n'));
    const dates =
      over.until === undefined
        ? ['-days', '10']
        : [
            '-not_before',
            stamp(Math.min(Date.now(), over.until) - 86_400_000),
            '-not_after',
            stamp(over.until),
          ];
    if (over.until !== undefined) return this.signDated(csr, dates);
    const out = openssl(
      this.folder,
      [
        ...[
          'x509',
          '-req',
          '-inform',
          'DER',
          '-CA',
          'ca.pem',
          '-CAkey',
          'ca.key',
          '-extfile',
          'ext',
          ...dates,
        ],
        ...(over.subject ? ['-subj', over.subject] : []),
      ],
      csr,
    );
    return new X509Certificate(out);
  }

  /** `openssl ca` is the one that takes dates in every version. */
  private signDated(csr: Buffer, dates: readonly string[]): X509Certificate {
    writeFileSync(join(this.folder, 'index.txt'), '');
    writeFileSync(join(this.folder, 'index.txt.attr'), 'unique_subject = no\n');
    writeFileSync(join(this.folder, 'dated.cnf'), CA_CONFIG);
    const pem = openssl(this.folder, ['req', '-inform', 'DER', '-outform', 'PEM'], csr);
    writeFileSync(join(this.folder, 'dated.csr'), pem);
    openssl(this.folder, [
      ...[
        'ca',
        '-batch',
        '-config',
        'dated.cnf',
        '-cert',
        'ca.pem',
        '-keyfile',
        'ca.key',
        '-in',
        'dated.csr',
      ],
      ...[
        '-startdate',
        dates[1] ?? '',
        '-enddate',
        dates[3] ?? '',
        '-extfile',
        'ext',
        '-out',
        'dated.pem',
        '-notext',
      ],
    ]);
    return new X509Certificate(readFileSync(join(this.folder, 'dated.pem')));
  }

  /** A key of its own with a certificate, as a hub's signing key or a server has it. */
  issue(subject: string, algorithm: 'ed25519' | 'ec', use: 'clientAuth' | 'serverAuth' | 'none') {
    const curve = algorithm === 'ec' ? ['-pkeyopt', 'ec_paramgen_curve:P-256'] : [];
    openssl(this.folder, [
      'genpkey',
      '-algorithm',
      algorithm === 'ec' ? 'EC' : 'ED25519',
      ...curve,
      '-out',
      'own.key',
    ]);
    const csr = openssl(this.folder, ['req', '-new', '-key', 'own.key', '-subj', subject, '-outform', 'DER']);
    return { key: readFileSync(join(this.folder, 'own.key'), 'utf8'), certificate: this.sign(csr, use) };
  }

  /** The last key that was issued, under another name. */
  rename(subject: string, use: 'clientAuth' | 'serverAuth' | 'none'): X509Certificate {
    const csr = openssl(this.folder, ['req', '-new', '-key', 'own.key', '-subj', subject, '-outform', 'DER']);
    return this.sign(csr, use);
  }
}

/** As docs/enrolment.md has it. */
const slow = (code: string, gateway: string): string =>
  scryptSync(code, `ml1-claim ${gateway}`, 32, { N: 32_768, r: 8, p: 1, maxmem: 64 << 20 }).toString('hex');

interface SignOptions {
  readonly until?: number;
  readonly ca?: boolean;
  readonly subject?: string;
}

const stamp = (ms: number): string => `${new Date(ms).toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`;

const CA_CONFIG = `[ca]
default_ca = d
[d]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = p
[p]
commonName = supplied
`;

export const opensslShows = (csr: Buffer): { text: string; verified: boolean } => {
  const text = openssl(
    '.',
    ['req', '-inform', 'DER', '-noout', '-text', '-verify', '-nameopt', 'RFC2253'],
    csr,
  );
  return { text: text.toString(), verified: true };
};

type Mischief = (answer: DoorAnswer, request: DoorRequest) => unknown;

/** A hub's door that follows docs/enrolment.md; `mischief` makes it lie. */
export class FakeHub {
  readonly authority: Authority;
  readonly requests: DoorRequest[] = [];
  mischief: Mischief = (answer) => answer;
  status = 200;
  /** Claim code → the gateway that it was used by. */
  private readonly claimed = new Map<string, string>();
  private readonly burnt = new Set<string>();
  private readonly keys = new Map<string, string>();
  readonly revoked = new Set<string>();
  /** Time of the certificates that it signs; default: now. */
  until: number | undefined;
  private close: () => Promise<void> = async () => {};
  url = '';

  constructor(authority: Authority) {
    this.authority = authority;
  }

  async listen(server: { key: string; certificate: X509Certificate }): Promise<this> {
    const door = createServer(
      { key: server.key, cert: server.certificate.toString() },
      async (request, response) => {
        const answer = await this.answer(request);
        response.statusCode = this.status;
        response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
      },
    );
    await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
    this.url = `https://localhost:${(door.address() as AddressInfo).port}`;
    this.close = () => new Promise((resolve) => door.close(() => resolve()));
    return this;
  }

  stop(): Promise<void> {
    return this.close();
  }

  /** A technician types the code. */
  claim(typed: string): string {
    const read = readClaimCode(typed);
    if (!read.ok) return read.problem;
    const waiting = this.requests.findLast(
      ({ gateway, want }) => want.is === 'claim' && want.claim === slow(read.code, gateway),
    );
    if (!waiting) return 'no gateway waits with this code';
    if (!codeFitsKey(read.code, Buffer.from(waiting.publicKey, 'hex'))) return 'the code is of another key';
    if (this.burnt.has(read.code)) return 'used';
    this.burnt.add(read.code);
    if (waiting.want.is === 'claim') this.claimed.set(waiting.want.claim, waiting.gateway);
    this.keys.set(waiting.gateway, waiting.publicKey);
    return 'claimed';
  }

  private async answer(incoming: IncomingMessage): Promise<unknown> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const request = opened(Buffer.concat(chunks));
    if (!request) return { error: 'bad signature' };
    this.requests.push(request);
    return this.mischief(this.judge(request), request);
  }

  private judge(request: DoorRequest): DoorAnswer {
    const { gateway, nonce, want, publicKey } = request;
    const head = { v: 1, gateway, nonce } as const;
    const refuse = (because: Extract<DoorAnswer, { state: 'refused' }>['because']): DoorAnswer => ({
      ...head,
      state: 'refused',
      because,
    });
    if (this.revoked.has(gateway)) return refuse('revoked');
    if (want.is === 'renewal') {
      if (this.keys.get(gateway) !== publicKey) return refuse('unknown-gateway');
    } else {
      const by = this.claimed.get(want.claim);
      if (by === undefined) return { ...head, state: 'waiting', retryAfterMs: 1_000 };
      if (this.keys.get(gateway) !== publicKey) return refuse('claim-contested');
    }
    const csr = Buffer.from(request.csr, 'base64');
    const certificate = this.authority.sign(
      csr,
      'clientAuth',
      this.until === undefined ? {} : { until: this.until },
    );
    return {
      ...head,
      state: 'issued',
      chain: [certificate.raw.toString('base64')],
      ca: [this.authority.certificate.raw.toString('base64')],
      broker: 'mqtts://localhost:8883',
    };
  }
}

function opened(bytes: Buffer): DoorRequest | undefined {
  const [first = '', statement = ''] = bytes.toString('utf8').split('\n');
  const [, kind, keyId = '', signature = ''] = first.split(' ');
  const read = doorRequest.safeParse(JSON.parse(statement));
  if (!read.success || kind !== 'enrol') return undefined;
  const verifier = verifierOf(read.data.publicKey);
  if (!verifier.ok || keyIdOf(verifier.key.publicKey) !== keyId) return undefined;
  const bytesSigned = signedBytes('enrol', verifier.key.keyId, Buffer.from(statement));
  return verifier.key.verify(bytesSigned, Buffer.from(signature, 'hex')) ? read.data : undefined;
}
