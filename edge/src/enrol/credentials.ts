import { createPrivateKey, generateKeyPairSync, type KeyObject, type X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { quarantine, readIfThere, writeDurably } from '../durable-file.ts';
import { certificateFrom } from './trust.ts';

const FILE = 'credentials.json';
const pem = z.string().max(20_000);
const url = z.string().max(300);
const issued = z.strictObject({ key: pem, chain: z.array(pem).min(1).max(4) });

/** All in one file, so that a power cut leaves a key with its certificate or neither. */
const credentialsFile = z.strictObject({
  v: z.literal(1),
  hub: url.nullable(),
  broker: url.nullable(),
  pinned: z.array(pem).max(4),
  active: issued.nullable(),
  /** A key whose certificate is asked for (`chain` null), or has not been tried on the broker yet. */
  candidate: z
    .strictObject({ key: pem, chain: z.array(pem).min(1).max(4).nullable(), broker: url.nullable() })
    .nullable(),
  /** Kept until it expires: the way back when the new one is refused. */
  previous: issued.nullable(),
});
type Stored = z.infer<typeof credentialsFile>;
type Slot = 'candidate' | 'active' | 'previous';

const NONE: Stored = {
  v: 1,
  hub: null,
  broker: null,
  pinned: [],
  active: null,
  candidate: null,
  previous: null,
};

/** As TLS takes them. */
export interface TlsCredentials {
  readonly key: string;
  readonly cert: string;
  readonly ca: readonly string[];
  /** Where to connect with it. */
  readonly broker: string | null;
  readonly fingerprint: string;
  readonly from: number;
  readonly expires: number;
}

/** So often the broker may refuse a new certificate before the old one is used again. */
const REFUSALS_MAX = 3;

/**
 * Keys and certificates of the connection, and which of them to use now. The key is P-256: brokers, load balancers
 * and CAs everywhere take it, which cannot be said of Ed25519 certificates; and a key that signs readings is never
 * lent to TLS.
 */
export class Credentials {
  private readonly path: string;
  private stored: Stored;
  private readonly refusals = new Map<string, number>();
  /** Where a file went that could not be understood. */
  readonly quarantined: string | null = null;

  /** `look`: a damaged file stays where it is. */
  constructor(folder: string, wallMs: () => number, how: 'use' | 'look' = 'use') {
    this.path = join(folder, FILE);
    const bytes = readIfThere(this.path);
    const read = bytes === undefined ? NONE : parse(bytes);
    if (!read) this.quarantined = how === 'look' ? this.path : quarantine(this.path, wallMs());
    this.stored = read ?? NONE;
  }

  get hub(): string | null {
    return this.stored.hub;
  }

  get pinned(): readonly X509Certificate[] {
    return this.stored.pinned.flatMap((text) => certificateFrom(text) ?? []);
  }

  get pinnedPems(): readonly string[] {
    return this.stored.pinned;
  }

  get enrolled(): boolean {
    return this.stored.active !== null;
  }

  /** The key that a certificate is being asked for: the same one until there is an answer. */
  requestKey(): KeyObject {
    const { candidate } = this.stored;
    if (candidate && candidate.chain === null) return createPrivateKey(candidate.key);
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    this.save({ candidate: { key, chain: null, broker: null } });
    return privateKey;
  }

  /** The first certificate: pins its CA for good. */
  enrol(
    hub: string,
    broker: string,
    chain: readonly X509Certificate[],
    ca: readonly X509Certificate[],
  ): void {
    const { candidate } = this.stored;
    if (!candidate) throw new TypeError('a certificate that nobody asked for');
    const active = { key: candidate.key, chain: chain.map(pemOf) };
    this.save({ hub, broker, pinned: ca.map(pemOf), active, candidate: null, previous: null });
  }

  /** A renewed certificate, to be tried; the one in use stays until this one has worked. */
  offer(chain: readonly X509Certificate[], broker: string): void {
    const { candidate } = this.stored;
    if (!candidate) throw new TypeError('a certificate that nobody asked for');
    this.save({ candidate: { key: candidate.key, chain: chain.map(pemOf), broker } });
  }

  /** What to connect with now; undefined before enrolment. */
  current(utc: number | null): TlsCredentials | undefined {
    const inOrder: readonly Slot[] = ['candidate', 'active', 'previous'];
    const there = inOrder.flatMap((slot) => this.tls(slot) ?? []);
    const valid = there.filter(
      ({ from, expires }) => utc === null || (from - SKEW_MS <= utc && utc < expires),
    );
    const unrefused = valid.find(({ fingerprint }) => (this.refusals.get(fingerprint) ?? 0) < REFUSALS_MAX);
    if (unrefused) return unrefused;
    // All were refused, or are over: go on asking with the one refused least, so that a mended broker lets us in.
    const rank = ({ fingerprint }: TlsCredentials) => this.refusals.get(fingerprint) ?? 0;
    return (valid.length > 0 ? valid : there).toSorted((a, b) => rank(a) - rank(b))[0];
  }

  /** What is in use, whatever is being tried: for doctor and the status. */
  active(): TlsCredentials | undefined {
    return this.tls('active');
  }

  /** The broker let us in with this one. */
  worked(fingerprint: string): void {
    this.refusals.delete(fingerprint);
    const candidate = this.tls('candidate');
    const { candidate: stored, active } = this.stored;
    if (candidate?.fingerprint !== fingerprint || !stored?.chain) return;
    const { key, chain, broker } = stored;
    this.save({
      active: { key, chain },
      broker: broker ?? this.stored.broker,
      candidate: null,
      previous: active,
    });
  }

  /** The broker refused this one (TLS alert, not authorised): not called for a network that is down. */
  refused(fingerprint: string): 'again' | 'rolled-back' {
    const times = (this.refusals.get(fingerprint) ?? 0) + 1;
    this.refusals.set(fingerprint, times);
    const isCandidate = this.tls('candidate')?.fingerprint === fingerprint;
    if (!isCandidate || times < REFUSALS_MAX) return 'again';
    this.save({ candidate: null });
    return 'rolled-back';
  }

  /** From when on a new certificate is asked for: two thirds of its life, so that a month of trouble does no harm. */
  renewalDue(utc: number | null): boolean {
    const active = this.tls('active');
    if (!active || utc === null || this.stored.candidate?.chain) return false;
    return utc >= active.from + ((active.expires - active.from) * 2) / 3;
  }

  private tls(slot: Slot): TlsCredentials | undefined {
    const stored = this.stored[slot];
    const leaf = stored?.chain?.[0] === undefined ? undefined : certificateFrom(stored.chain[0]);
    if (!stored?.chain || !leaf) return undefined;
    return {
      key: stored.key,
      cert: stored.chain.join(''),
      ca: this.stored.pinned,
      broker: (slot === 'candidate' ? this.stored.candidate?.broker : null) ?? this.stored.broker,
      fingerprint: leaf.fingerprint256,
      from: leaf.validFromDate.getTime(),
      expires: leaf.validToDate.getTime(),
    };
  }

  private save(change: Partial<Stored>): void {
    const next = { ...this.stored, ...change };
    writeDurably(this.path, `${JSON.stringify(next)}\n`);
    this.stored = next;
  }
}

const SKEW_MS = 5 * 60_000;

function parse(bytes: Buffer): Stored | undefined {
  try {
    const read = credentialsFile.safeParse(JSON.parse(bytes.toString('utf8')));
    if (!read.success) return undefined;
    const { active, candidate, previous } = read.data;
    for (const each of [active, candidate, previous]) if (each) createPrivateKey(each.key);
    return read.data;
  } catch {
    return undefined;
  }
}

const pemOf = (certificate: X509Certificate): string => {
  const text = certificate.toString();
  return text.endsWith('\n') ? text : `${text}\n`;
};
