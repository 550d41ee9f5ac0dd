import type { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import {
  type HubKeys,
  hubKeysSchema,
  type KeyId,
  type KeyRing,
  type Verifier,
  verifierOf,
} from '@meterline/contracts';
import { readIfThere, writeDurably } from '../durable-file.ts';
import { certificateFrom, datesFault, isUnder } from './trust.ts';

const FILE = 'hub-keys.json';
const KEPT_MAX = 32;

export interface HubKeysTaken {
  readonly added: readonly KeyId[];
  readonly refused: readonly { readonly id: string; readonly problem: string }[];
}

interface Known {
  readonly id: KeyId;
  readonly base64: string;
  readonly certificate: X509Certificate;
  readonly verifier: Verifier;
}

/**
 * Whose receipts, configs and commands are believed. `down/keys` is unsigned: each key vouches for itself by a
 * certificate of the pinned CA. They are kept over restarts, since the retained message may come after a command.
 */
export class HubKeyRing {
  private readonly path: string;
  private readonly pinned: () => readonly X509Certificate[];
  private readonly utc: () => number | null;
  private known = new Map<string, Known>();

  constructor(folder: string, parts: { pinned: () => readonly X509Certificate[]; utc: () => number | null }) {
    this.path = join(folder, FILE);
    this.pinned = parts.pinned;
    this.utc = parts.utc;
    const stored = this.read();
    if (stored) this.admit(stored);
  }

  /** For `openMessage`: a key whose certificate has run out is no key. */
  readonly ring: KeyRing = (id) => {
    const known = this.known.get(id);
    const utc = this.utc();
    if (!known || (utc !== null && datesFault(known.certificate, utc))) return undefined;
    return known.verifier;
  };

  get ids(): readonly KeyId[] {
    return [...this.known.values()].map(({ id }) => id);
  }

  accept(message: HubKeys): HubKeysTaken {
    const taken = this.admit(message);
    if (taken.added.length > 0) this.save();
    return taken;
  }

  private admit({ keys }: HubKeys): HubKeysTaken {
    const [added, refused]: [KeyId[], { id: string; problem: string }[]] = [[], []];
    for (const { id, certificate: base64 } of keys) {
      if (this.known.get(id)?.base64 === base64) continue;
      const judged = this.judge(id, base64);
      if (typeof judged === 'string') refused.push({ id, problem: judged });
      else {
        this.known.set(id, judged);
        added.push(id);
      }
    }
    this.forget();
    return { added, refused };
  }

  private judge(id: KeyId, base64: string): Known | string {
    const certificate = certificateFrom(base64);
    if (!certificate) return 'is no certificate';
    const jwk =
      certificate.publicKey.asymmetricKeyType === 'ed25519'
        ? certificate.publicKey.export({ format: 'jwk' })
        : {};
    const verifier = verifierOf(Buffer.from(jwk.x ?? '', 'base64url'));
    if (!verifier.ok) return verifier.detail;
    if (verifier.key.keyId !== id) return 'the key is not the one that its id names';
    // Certificates of gateways come from the same CA: without this, each of them could command all the others.
    if (certificate.subject !== `CN=ml1-hub-${id}`) return 'the certificate is not one for a key of the hub';
    if (certificate.ca) return 'the certificate is one of a CA';
    if (!this.pinned().some((root) => isUnder(certificate, root)))
      return 'the certificate is not of the pinned CA';
    const utc = this.utc();
    const fault = utc === null ? undefined : datesFault(certificate, utc);
    return fault ?? { id, base64, certificate, verifier: verifier.key };
  }

  /** What has run out goes; a flood of valid ones cannot fill the disk. */
  private forget(): void {
    const utc = this.utc();
    for (const [id, { certificate }] of this.known) {
      if (utc !== null && utc >= certificate.validToDate.getTime()) this.known.delete(id);
    }
    for (const id of this.known.keys()) {
      if (this.known.size <= KEPT_MAX) break;
      this.known.delete(id);
    }
  }

  private save(): void {
    const keys = [...this.known.values()].map(({ id, base64 }) => ({ id, certificate: base64 }));
    writeDurably(this.path, `${JSON.stringify({ v: 1, keys })}\n`);
  }

  /** Each certificate is judged again: a file that was tampered with adds nothing. */
  private read(): HubKeys | undefined {
    try {
      const bytes = readIfThere(this.path);
      if (!bytes) return undefined;
      const value = JSON.parse(bytes.toString('utf8')) as { v: 1; keys: HubKeys['keys'] };
      const keys = value.keys.flatMap((key) => {
        const one = hubKeysSchema.safeParse({ v: 1, keys: [key] });
        return one.success ? one.data.keys : [];
      });
      return { v: 1, keys };
    } catch {
      return undefined;
    }
  }
}
