import encodeQR from 'qr';
import { claimUri, fingerprintText } from './claim-code.ts';
import type { Identity } from './identity.ts';

/**
 * What a technician sees on the screen of a new gateway. Two modules of the QR code share one character, so that it
 * is square; the light ones are drawn, since terminals are dark, and a frame of light ones stands around them.
 */
export function claimSheet({ gateway, signer, claimCode }: Identity): string[] {
  return [
    ...qrLines(claimUri(claimCode, gateway, signer.publicKey)),
    '',
    `claim code   ${claimCode}`,
    `fingerprint  ${fingerprintText(signer.publicKey)}`,
    `gateway      ${gateway}`,
  ];
}

export function qrLines(text: string): string[] {
  // Capitals and digits fit the alphanumeric mode: a third fewer modules.
  const rows = encodeQR(text, 'raw', { ecc: 'low', border: 2, encoding: 'alphanumeric' });
  const lines: string[] = [];
  for (let y = 0; y < rows.length; y += 2) {
    const [upper = [], lower = []] = [rows[y], rows[y + 1]];
    lines.push(upper.map((dark, x) => BLOCK[`${Number(dark)}${Number(lower[x] ?? true)}`] ?? ' ').join(''));
  }
  return lines;
}

const BLOCK: Readonly<Record<string, string>> = { '00': '█', '01': '▀', '10': '▄', '11': ' ' };
