import type { BatchClock } from '../head.ts';
import { idsFrom } from '../ids.ts';
import { type Signer, sha256, signerOf, type Verifier, verifierOf } from '../keys.ts';
import type { Placement } from '../seal.ts';
import { certificate } from './certificate.ts';

/** Everything in the fixtures follows from these words: the same bytes on every machine. */
export const bytesOf = (name: string, length: number): Buffer =>
  sha256(`meterline fixture: ${name}`).subarray(0, length);

export interface GoldenKey {
  readonly seed: Buffer;
  readonly signer: Signer;
  readonly verifier: Verifier;
}

function key(name: string): GoldenKey {
  const seed = bytesOf(`key of the ${name}`, 32);
  const signer = signerOf(seed);
  if (!signer.ok) throw new Error(signer.detail);
  const verifier = verifierOf(signer.key.publicKey);
  if (!verifier.ok) throw new Error(verifier.detail);
  return { seed, signer: signer.key, verifier: verifier.key };
}

export const KEYS = {
  gateway: key('gateway'),
  hub: key('hub'),
  stranger: key('stranger'),
  ca: key('ca'),
} as const;

const CA = { name: 'Meterline fixture CA', signer: KEYS.ca.signer };
const { publicKey, keyId } = KEYS.hub.signer;

/** DER. The CA that a gateway pinned, and the hub's key under it. */
export const CERTIFICATES = {
  ca: certificate({ name: CA.name, publicKey: CA.signer.publicKey, serial: 1 }, CA),
  hub: certificate({ name: `ml1-hub-${keyId}`, publicKey, serial: 2 }, CA),
} as const;

/** Local midnight of 1 February 2026 in Bangkok. */
export const MIDNIGHT = Date.UTC(2026, 0, 31, 17);

const id = (name: string) => idsFrom({ nowMs: () => MIDNIGHT - 86_400_000, random: (n) => bytesOf(name, n) });

export const IDS = {
  gateway: id('gateway').gateway(),
  otherGateway: id('other gateway').gateway(),
  journal: id('journal').journal(),
  oldJournal: id('old journal').journal(),
  bus: id('bus').bus(),
  mainMeter: id('main meter').meter(),
  roomMeter: id('room meter').meter(),
  mainEnergy: id('main energy').point(),
  roomEnergy: id('room energy').point(),
  roomVoltage: id('room voltage').point(),
  roomPower: id('room power').point(),
  command: id('command').command(),
  watch: id('watch').command(),
  read: id('read').command(),
  session: id('session').session(),
} as const;

export const ENERGY = 'hiking-dds238-2-zn-sr@1/energy_import_total';

export const SYNCED: BatchClock = { state: 'synced', boot: 3, anchor: 1180, uncertainty: 12 };

export const placement = (over: Partial<Placement> = {}): Placement => ({
  gateway: IDS.gateway,
  journal: IDS.journal,
  batch: 42,
  previous: bytesOf('digest of batch 41', 32).toString('hex'),
  sealed: MIDNIGHT + 5_000,
  clock: SYNCED,
  sequences: [1201, 1202, 1203, 1204],
  ...over,
});
