import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { chmodSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type GatewayId, gatewayId, idsFrom, type Signer, signerOfKey } from '@meterline/contracts';
import { z } from 'zod';
import { readIfThere, writeDurably } from '../durable-file.ts';
import { type ClaimCode, claimCodeOf, codeFitsKey, readClaimCode } from './claim-code.ts';

const FILE = 'identity.json';

const identityFile = z.strictObject({
  v: z.literal(1),
  gateway: gatewayId,
  /** PKCS#8. Ed25519: signs batches, results, and the requests of enrolment. */
  signingKey: z.string().max(1_000),
  claimCode: z.string().max(40),
});

/** Who this gateway is. Its private key is made here, on first start, and is never sent nor printed. */
export interface Identity {
  readonly gateway: GatewayId;
  readonly signer: Signer;
  readonly claimCode: ClaimCode;
}

export class IdentityError extends Error {
  readonly code = 'identity_unusable';
  readonly retryable = false;
  override readonly name = 'IdentityError';
}

interface Source {
  readonly wallMs: () => number;
  readonly random?: (bytes: number) => Uint8Array;
}

/**
 * A file that is there but cannot be used is never replaced: a new key is a new gateway, and that is for a person to
 * want.
 */
export function openIdentity(folder: string, source: Source): Identity {
  const path = join(folder, FILE);
  const bytes = readIfThere(path);
  if (bytes === undefined) return makeIdentity(path, source);
  const secured = statSync(path);
  // A backup that was copied back may have come with the mode of whoever copied it.
  if ((secured.mode & 0o077) !== 0) chmodSync(path, 0o600);
  return parse(bytes, path);
}

/** Undefined on a gateway that was never started: doctor looks without making anything. */
export function readIdentity(folder: string): Identity | undefined {
  const path = join(folder, FILE);
  const bytes = readIfThere(path);
  return bytes && parse(bytes, path);
}

/** For a gateway that is given away, or whose code too many have seen. The key stays. */
export function renewClaimCode(folder: string, source: Source): Identity {
  const identity = openIdentity(folder, source);
  const path = join(folder, FILE);
  const stored = storedIn(path);
  const claimCode = claimCodeOf(identity.signer.publicKey, source.random ?? randomBytes);
  writeDurably(path, `${JSON.stringify({ ...stored, claimCode })}\n`);
  return { ...identity, claimCode };
}

function makeIdentity(path: string, { wallMs, random = randomBytes }: Source): Identity {
  const { privateKey } = generateKeyPairSync('ed25519');
  const signer = signerOfKey(privateKey);
  // Before the clock is set the id is as unique as its 74 random bits: time only gives it a place in an index.
  const gateway = idsFrom({ nowMs: wallMs, random }).gateway();
  const claimCode = claimCodeOf(signer.publicKey, random);
  const signingKey = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  writeDurably(path, `${JSON.stringify({ v: 1, gateway, signingKey, claimCode })}\n`);
  return { gateway, signer, claimCode };
}

function storedIn(path: string): z.infer<typeof identityFile> {
  return understood(readIfThere(path) ?? Buffer.alloc(0), path);
}

function understood(bytes: Buffer, path: string): z.infer<typeof identityFile> {
  // What is wrong with it is not quoted: it may hold the key.
  const fail = (): never => {
    throw new IdentityError(
      `${path} is damaged; put it back from a backup, or remove it to begin as a new gateway`,
    );
  };
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    return fail();
  }
  const read = identityFile.safeParse(value);
  return read.success ? read.data : fail();
}

function parse(bytes: Buffer, path: string): Identity {
  const { gateway, signingKey, claimCode } = understood(bytes, path);
  const signer = signerOfKey(keyFrom(signingKey, path));
  const code = readClaimCode(claimCode);
  if (!code.ok || !codeFitsKey(code.code, signer.publicKey)) {
    throw new IdentityError(
      `${path}: the claim code is not that of the key; put the file back from a backup`,
    );
  }
  return { gateway, signer, claimCode: code.code };
}

function keyFrom(pem: string, path: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // Said below, without the text of the key.
  }
  throw new IdentityError(`${path} holds no Ed25519 key; put it back from a backup`);
}
