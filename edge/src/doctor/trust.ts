import { createPrivateKey } from 'node:crypto';
import { fingerprintText } from '../enrol/claim-code.ts';
import type { Credentials } from '../enrol/credentials.ts';
import type { Identity } from '../enrol/identity.ts';
import { certificateFrom, judgeChain } from '../enrol/trust.ts';
import { bad, type Finding, ok, spanText, warn } from './finding.ts';

const SOON_MS = 14 * 86_400_000;

export function certificateFindings(
  identity: Identity | undefined,
  credentials: Credentials | undefined,
  utc: number,
): Finding[] {
  if (!identity) return [warn('certificate', 'this gateway has no identity yet', 'meterline-edge enrol')];
  const who = ok(
    'certificate',
    `gateway ${identity.gateway}, fingerprint ${fingerprintText(identity.signer.publicKey)}`,
  );
  if (credentials?.quarantined) {
    return [
      who,
      bad(
        'certificate',
        `the file was damaged and put aside as ${credentials.quarantined}`,
        'enrol again: meterline-edge enrol --new-code --hub …',
      ),
    ];
  }
  const active = credentials?.active();
  if (!credentials || !active) {
    return [
      who,
      warn(
        'certificate',
        'not enrolled: it keeps its readings, and sends nothing',
        'meterline-edge enrol --hub https://…',
      ),
    ];
  }
  const chain = (active.cert.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----\n?/g) ?? []).flatMap(
    (pem) => certificateFrom(pem) ?? [],
  );
  const judged = judgeChain(chain, {
    gateway: identity.gateway,
    key: createPrivateKey(active.key),
    pinned: credentials.pinned,
    utc,
  });
  if (!judged.ok)
    return [who, bad('certificate', judged.problem, 'enrol again: meterline-edge enrol --new-code --hub …')];
  const left = active.expires - utc;
  const says = `valid for ${spanText(left)}, key and CA fit`;
  if (left < SOON_MS)
    return [who, warn('certificate', says, 'it should have been renewed long ago: can the hub be reached?')];
  return [who, ok('certificate', says)];
}
