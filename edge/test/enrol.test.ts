import { createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keyIdOf, PROFILES_FOLDER } from '@meterline/contracts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { claimSheet } from '../src/enrol/claim-sheet.ts';
import { certificateRequest } from '../src/enrol/csr.ts';
import {
  Credentials,
  doorTo,
  type EnrolmentParts,
  HubKeyRing,
  knockForRenewal,
  knockWithClaim,
  openIdentity,
  renewClaimCode,
} from '../src/enrol/index.ts';
import type { DoorAnswer, DoorRequest } from '../src/enrol/messages.ts';
import { certificateFrom } from '../src/enrol/trust.ts';
import { Authority, FakeHub, opensslShows, scratch } from './enrol-support.ts';

const wallMs = () => Date.now();
const place = scratch();
let authority: Authority;
let stranger: Authority;
let server: ReturnType<Authority['issue']>;
let hub: FakeHub;
let folder: string;

beforeAll(() => {
  const [own, other] = [join(place.path, 'ca'), join(place.path, 'other')];
  mkdirSync(own);
  mkdirSync(other);
  authority = new Authority(own);
  stranger = new Authority(other, 'CN=Stranger');
  server = authority.issue('/CN=localhost', 'ec', 'serverAuth');
});
afterAll(() => place.remove());

beforeEach(async () => {
  folder = join(place.path, `state-${randomBytes(4).toString('hex')}`);
  hub = await new FakeHub(authority).listen(server);
});
afterEach(() => hub.stop());

function gateway(over: Partial<EnrolmentParts> & { ca?: string } = {}): EnrolmentParts {
  const credentials = new Credentials(folder, wallMs);
  return {
    identity: openIdentity(folder, { wallMs }),
    credentials,
    door: doorTo({ hub: hub.url, ca: [over.ca ?? authority.pem], pinned: credentials.pinnedPems }),
    hub: hub.url,
    agent: 'meterline-edge test',
    utc: () => Date.now(),
    ...over,
  };
}

async function enrolled(): Promise<EnrolmentParts> {
  const parts = gateway();
  await knockWithClaim(parts);
  hub.claim(parts.identity.claimCode);
  expect(await knockWithClaim(parts)).toMatchObject({ is: 'enrolled' });
  return parts;
}

describe('the identity', () => {
  it('is made once, for this user only, and stays', () => {
    const first = openIdentity(folder, { wallMs });
    const again = openIdentity(folder, { wallMs });
    expect(again.gateway).toBe(first.gateway);
    expect(again.signer.keyId).toBe(first.signer.keyId);
    expect(again.claimCode).toBe(first.claimCode);
    expect(statSync(join(folder, 'identity.json')).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('takes back a mode that was opened', () => {
    openIdentity(folder, { wallMs });
    chmodSync(join(folder, 'identity.json'), 0o644);
    openIdentity(folder, { wallMs });
    expect(statSync(join(folder, 'identity.json')).mode & 0o777).toBe(0o600);
  });

  it.each(['', '{}', '{"v":1', 'null'])('is never replaced when the file is damaged: %j', (text) => {
    const file = join(folder, 'identity.json');
    openIdentity(folder, { wallMs });
    writeFileSync(file, text);
    expect(() => openIdentity(folder, { wallMs })).toThrow(/damaged/);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('does not quote the key in an error', () => {
    openIdentity(folder, { wallMs });
    const file = join(folder, 'identity.json');
    const stored = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...stored, claimCode: 'AAAA' }));
    expect(() => openIdentity(folder, { wallMs })).toThrow(/^(?!.*(BEGIN|MC4C)).*claim code/);
  });

  it('gets a new code without a new key', () => {
    const first = openIdentity(folder, { wallMs });
    const renewed = renewClaimCode(folder, { wallMs });
    expect(renewed.signer.keyId).toBe(first.signer.keyId);
    expect(renewed.claimCode).not.toBe(first.claimCode);
    expect(openIdentity(folder, { wallMs }).claimCode).toBe(renewed.claimCode);
  });
});

describe('the certificate request', () => {
  it('is what OpenSSL understands, with our name and a good signature', () => {
    const { gateway: id } = openIdentity(folder, { wallMs });
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { text, verified } = opensslShows(certificateRequest(id, privateKey));
    expect(verified).toBe(true);
    expect(text).toContain(`Subject: CN=${id}`);
    expect(text).toMatch(/NIST CURVE: P-256|prime256v1/);
    expect(text).toContain('ecdsa-with-SHA256');
  });

  it('wants the right kind of key', () => {
    const { gateway: id } = openIdentity(folder, { wallMs });
    expect(() => certificateRequest(id, generateKeyPairSync('ed25519').privateKey)).toThrow(/P-256/);
  });
});

describe('enrolment', () => {
  it('waits until it is claimed, then has a certificate that fits', async () => {
    const parts = gateway();
    expect(await knockWithClaim(parts)).toEqual({ is: 'waiting', retryAfterMs: 1_000 });
    expect(parts.credentials.current(Date.now())).toBeUndefined();
    expect(hub.claim(parts.identity.claimCode.toLowerCase().replaceAll('-', ' '))).toBe('claimed');
    expect(await knockWithClaim(parts)).toMatchObject({ is: 'enrolled' });
    const reopened = new Credentials(folder, wallMs).current(Date.now());
    expect(reopened).toMatchObject({ broker: 'mqtts://localhost:8883' });
    expect(reopened?.ca).toEqual([authority.pem]);
    expect(statSync(join(folder, 'credentials.json')).mode & 0o777).toBe(0o600);
    // Each try asked with one key: the hub signs the same request, however often it is made.
    expect(new Set(hub.requests.map(({ publicKey }) => publicKey)).size).toBe(1);
  });

  it('sends neither private key nor claim code', async () => {
    const parts = gateway();
    const bodies: string[] = [];
    await knockWithClaim({
      ...parts,
      door: async (path, body) => {
        bodies.push(body.toString('latin1'));
        return parts.door(path, body);
      },
    });
    const key = parts.credentials.requestKey().export({ type: 'pkcs8', format: 'der' });
    const scalar = createPrivateKey({ key, format: 'der', type: 'pkcs8' }).export({ format: 'jwk' }).d ?? '';
    expect(bodies.join()).not.toContain(Buffer.from(scalar, 'base64url').toString('base64').slice(0, 20));
    expect(bodies.join()).not.toContain(parts.identity.claimCode);
    expect(bodies.join()).not.toContain('PRIVATE');
  });

  const lies: [string, (answer: DoorAnswer) => unknown, string][] = [
    [
      'an answer for another gateway',
      (a) => ({ ...a, gateway: '019c0fd8-ea80-7000-8000-000000000000' }),
      'another gateway',
    ],
    ['an answer to another request', (a) => ({ ...a, nonce: 'ab'.repeat(16) }), 'another request'],
    ['an unknown key in the answer', (a) => ({ ...a, extra: 1 }), 'extra'],
    ['a broker without TLS', (a) => ({ ...a, broker: 'mqtt://localhost:1883' }), 'mqtts'],
    ['no JSON', () => 'hello', 'not JSON'],
    ['a certificate that is none', (a) => ({ ...a, chain: ['AAAA'] }), 'no certificate'],
    ['a leaf to be pinned', (a) => (a.state === 'issued' ? { ...a, ca: a.chain } : a), 'no CA'],
  ];
  it.each(lies)('does not believe %s', async (_, lie, problem) => {
    const parts = gateway();
    await knockWithClaim(parts);
    hub.claim(parts.identity.claimCode);
    hub.mischief = lie;
    const step = await knockWithClaim(parts);
    expect(step).toMatchObject({ is: 'failed', because: 'not-believed' });
    expect(step).toMatchObject({ detail: expect.stringContaining(problem) });
    expect(new Credentials(folder, wallMs).enrolled).toBe(false);
  });

  it.each([
    ['for another key', 'another key'],
    ['for another name', 'is for'],
    ['of another CA', 'pinned CA'],
    ['for servers', 'not for a TLS client'],
    ['that may sign', 'sign others'],
    ['that is over', 'expired'],
  ])('takes no certificate %s', async (kind, problem) => {
    const parts = gateway();
    await knockWithClaim(parts);
    hub.claim(parts.identity.claimCode);
    hub.mischief = (answer, request) => {
      if (answer.state !== 'issued') return answer;
      const csr = Buffer.from(request.csr, 'base64');
      const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
      const made = {
        'for another key': () => authority.sign(certificateRequest(request.gateway, other)),
        'for another name': () => authority.sign(csr, 'clientAuth', { subject: '/CN=somebody' }),
        'of another CA': () => stranger.sign(csr),
        'for servers': () => authority.sign(csr, 'serverAuth'),
        'that may sign': () => authority.sign(csr, 'clientAuth', { ca: true }),
        'that is over': () => authority.sign(csr, 'clientAuth', { until: Date.now() - 60_000 }),
      }[kind];
      return { ...answer, chain: [made?.().raw.toString('base64')] };
    };
    expect(await knockWithClaim(parts)).toMatchObject({
      is: 'failed',
      because: 'not-believed',
      detail: expect.stringContaining(problem),
    });
    expect(new Credentials(folder, wallMs).enrolled).toBe(false);
  });

  it('gets nowhere with a code that is used, or when it is revoked', async () => {
    const first = await enrolled();
    expect(hub.claim(first.identity.claimCode)).toBe('used');
    hub.revoked.add(first.identity.gateway);
    expect(await knockWithClaim(first)).toMatchObject({ is: 'refused', because: 'revoked' });
    expect(await knockForRenewal(first)).toMatchObject({ is: 'refused', because: 'revoked' });
    // What it has stays: the broker is who shuts it out.
    expect(first.credentials.current(Date.now())).toBeDefined();
  });

  it('cannot answer to the code of another gateway', async () => {
    const victim = gateway();
    await knockWithClaim(victim);
    const code = victim.identity.claimCode;
    folder = `${folder}-thief`;
    const own = openIdentity(folder, { wallMs });
    const thief = gateway({ identity: { ...own, claimCode: code, gateway: own.gateway } });
    await knockWithClaim(thief);
    expect(hub.claim(code)).toBe('the code is of another key');
    expect(await knockWithClaim(thief)).toMatchObject({ is: 'waiting' });
  });

  it('does not talk to a hub that cannot prove itself', async () => {
    const parts = gateway({ ca: stranger.pem });
    expect(await knockWithClaim(parts)).toMatchObject({ is: 'failed', because: 'untrusted' });
    expect(hub.requests).toEqual([]);
  });

  it.each([
    [429, 'busy'],
    [503, 'busy'],
    [404, 'no-door'],
    [302, 'no-door'],
  ])('HTTP %d is %s', async (status, because) => {
    hub.status = status;
    expect(await knockWithClaim(gateway())).toMatchObject({ is: 'failed', because });
  });

  it('says so when nobody is there', async () => {
    await hub.stop();
    expect(await knockWithClaim(gateway())).toMatchObject({ is: 'failed', because: 'unreachable' });
  });

  it.each(['http://hub.example.com', 'ftp://x', 'nonsense', 'https://u:p@hub', 'https://hub/?a=b'])(
    'refuses the address %s',
    (url) => {
      expect(() => doorTo({ hub: url })).toThrow(/hub /);
    },
  );
});

describe('enrolling again', () => {
  const strange = (answer: DoorAnswer, request: DoorRequest) =>
    answer.state === 'issued'
      ? {
          ...answer,
          chain: [stranger.sign(Buffer.from(request.csr, 'base64')).raw.toString('base64')],
          ca: [stranger.certificate.raw.toString('base64')],
        }
      : answer;

  it('does not change the pinned CA, unless a person says so', async () => {
    const parts = await enrolled();
    hub.mischief = strange;
    expect(await knockWithClaim(parts)).toMatchObject({ is: 'failed', because: 'not-believed' });
    expect(parts.credentials.pinnedPems).toEqual([authority.pem]);
    expect(await knockWithClaim({ ...parts, newHub: true })).toMatchObject({ is: 'enrolled' });
    expect(parts.credentials.pinnedPems).toEqual([stranger.pem]);
  });
});

describe('renewal', () => {
  it('is due after two thirds of the life of the certificate', async () => {
    const { credentials } = await enrolled();
    const { from, expires } = credentials.active() ?? { from: 0, expires: 0 };
    expect(credentials.renewalDue(from + (expires - from) * 0.66)).toBe(false);
    expect(credentials.renewalDue(from + (expires - from) * 0.67)).toBe(true);
    expect(credentials.renewalDue(null)).toBe(false);
  });

  it('tries the new one, keeps the old one until it has worked', async () => {
    const parts = await enrolled();
    const { credentials } = parts;
    const old = credentials.active()?.fingerprint;
    hub.mischief = (answer) =>
      answer.state === 'issued' ? { ...answer, broker: 'mqtts://next:8883' } : answer;
    expect(await knockForRenewal(parts)).toMatchObject({ is: 'enrolled' });
    const tried = credentials.current(Date.now());
    expect(tried).toMatchObject({ broker: 'mqtts://next:8883' });
    expect(tried?.fingerprint).not.toBe(old);
    expect(credentials.active()?.fingerprint).toBe(old);
    credentials.worked(tried?.fingerprint ?? '');
    expect(new Credentials(folder, wallMs).active()?.fingerprint).toBe(tried?.fingerprint);
  });

  it('goes back when the broker refuses the new one three times', async () => {
    const parts = await enrolled();
    const old = parts.credentials.active();
    hub.mischief = (answer) =>
      answer.state === 'issued' ? { ...answer, broker: 'mqtts://next:8883' } : answer;
    await knockForRenewal(parts);
    const tried = parts.credentials.current(Date.now())?.fingerprint ?? '';
    expect(parts.credentials.refused(tried)).toBe('again');
    expect(parts.credentials.refused(tried)).toBe('again');
    expect(parts.credentials.refused(tried)).toBe('rolled-back');
    expect(new Credentials(folder, wallMs).current(Date.now())).toEqual(old);
  });

  it('falls back to the one before when the one in use is refused later', async () => {
    const parts = await enrolled();
    const { credentials } = parts;
    const old = credentials.active()?.fingerprint;
    await knockForRenewal(parts);
    const fresh = credentials.current(Date.now())?.fingerprint ?? '';
    credentials.worked(fresh);
    for (let i = 0; i < 3; i += 1) credentials.refused(fresh);
    expect(credentials.current(Date.now())?.fingerprint).toBe(old);
  });

  it('takes no other CA than the pinned one', async () => {
    const parts = await enrolled();
    hub.mischief = (answer, request) =>
      answer.state === 'issued'
        ? {
            ...answer,
            chain: [stranger.sign(Buffer.from(request.csr, 'base64')).raw.toString('base64')],
            ca: [stranger.certificate.raw.toString('base64')],
          }
        : answer;
    expect(await knockForRenewal(parts)).toMatchObject({ because: 'not-believed' });
    expect(parts.credentials.pinnedPems).toEqual([authority.pem]);
  });
});

describe('credentials on disk', () => {
  it('puts a file aside that it cannot understand', () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'credentials.json'), '{"v":1,');
    const credentials = new Credentials(folder, () => 1);
    expect(credentials.quarantined).toBe(join(folder, 'credentials.json.bad-1'));
    expect(credentials.enrolled).toBe(false);
  });
});

describe('keys of the hub', () => {
  function key(use: 'none' | 'clientAuth' = 'none', from = authority, named?: string) {
    // The id is that of the key, so the name is only known once there is one.
    const draft = from.issue('/CN=draft', 'ed25519', use);
    const raw = Buffer.from(draft.certificate.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
    const id = keyIdOf(raw);
    const certificate = from.rename(`/CN=${named ?? `ml1-hub-${id}`}`, use);
    return { id, certificate: certificate.raw.toString('base64'), raw };
  }
  const ring = (utc: number | null = Date.now()) =>
    new HubKeyRing(folder, { pinned: () => [authority.certificate], utc: () => utc });

  it('takes those of the pinned CA, and keeps them', () => {
    const good = key();
    expect(ring().accept({ v: 1, keys: [good] })).toMatchObject({ added: [good.id], refused: [] });
    expect(ring().ring(good.id)?.publicKey).toEqual(good.raw);
    expect(ring(Date.now() + 20 * 86_400_000).ring(good.id)).toBeUndefined();
  });

  it('takes the golden one of the contract', () => {
    const read = (name: string) =>
      JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, PROFILES_FOLDER), 'utf8'));
    const golden = read('keys');
    const { keys } = read('good/keys').expect;
    const ca = certificateFrom(golden.certificates.ca);
    if (!ca) throw new Error('no CA');
    const known = new HubKeyRing(folder, { pinned: () => [ca], utc: () => Date.now() });
    expect(known.accept(keys)).toEqual({ added: [golden.hub.keyId], refused: [] });
  });

  it('refuses the certificate of a gateway, of a stranger, and a key under another id', () => {
    const known = ring();
    const [own, strange, other] = [key('clientAuth', authority, 'gateway'), key('none', stranger), key()];
    const wrong = { id: own.id, certificate: other.certificate };
    const { added, refused } = known.accept({ v: 1, keys: [own, strange, wrong] });
    expect(added).toEqual([]);
    expect(refused.map(({ problem }) => problem)).toEqual([
      expect.stringContaining('not one for a key of the hub'),
      expect.stringContaining('pinned CA'),
      expect.stringContaining('not the one that its id names'),
    ]);
    expect(known.ring(own.id)).toBeUndefined();
  });

  it('believes nothing that was put into its file', () => {
    const strange = key('none', stranger);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'hub-keys.json'), JSON.stringify({ v: 1, keys: [strange] }));
    expect(ring().ring(strange.id)).toBeUndefined();
    writeFileSync(join(folder, 'hub-keys.json'), 'x');
    expect(ring().ids).toEqual([]);
  });
});

describe('the claim sheet', () => {
  it('shows code, fingerprint and a picture that fits a terminal', () => {
    const sheet = claimSheet(openIdentity(folder, { wallMs }));
    expect(sheet.every((line) => line.length <= 78)).toBe(true);
    expect(sheet.join('\n')).toMatch(/claim code {3}[0-9A-Z]{4}(-[0-9A-Z]{4}){3}/);
    expect(sheet.length).toBeLessThanOrEqual(40);
  });
});
