import { createHash } from 'node:crypto';
import type { GatewayId } from '@meterline/contracts';
import fc from 'fast-check';
import decodeQR from 'qr/decode.js';
import { describe, expect, it } from 'vitest';
import { claimCodeOf, claimHash, claimUri, codeFitsKey, readClaimCode } from './claim-code.ts';
import { qrLines } from './claim-sheet.ts';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const publicKey = fc.uint8Array({ minLength: 32, maxLength: 32 });
const secret = fc.uint8Array({ minLength: 5, maxLength: 5 });
const code = fc.tuple(publicKey, secret).map(([key, bytes]) => claimCodeOf(key, () => bytes));
const gateway = '019c0fd8-ea80-7679-b24d-721022d6e093' as GatewayId;

describe('a claim code', () => {
  it('is four groups of four', () => {
    fc.assert(fc.property(code, (made) => /^(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/.test(made)));
  });

  it('is read back however it is typed', () => {
    fc.assert(
      fc.property(code, (made) => {
        const sloppy = made.toLowerCase().replaceAll('-', '  ').replaceAll('0', 'o').replaceAll('1', 'l');
        expect(readClaimCode(sloppy)).toEqual({ ok: true, code: made });
      }),
    );
  });

  it('knows every single wrong character', () => {
    fc.assert(
      fc.property(code, fc.nat(15), fc.nat(31), (made, at, digit) => {
        const plain = [...made.replaceAll('-', '')];
        fc.pre(plain[at] !== ALPHABET[digit]);
        plain[at] = ALPHABET[digit] ?? '';
        expect(readClaimCode(plain.join('')).ok).toBe(false);
      }),
    );
  });

  it('knows any two characters that were exchanged', () => {
    fc.assert(
      fc.property(code, fc.nat(15), fc.nat(15), (made, a, b) => {
        const plain = [...made.replaceAll('-', '')];
        fc.pre(plain[a] !== plain[b]);
        [plain[a], plain[b]] = [plain[b] ?? '', plain[a] ?? ''];
        expect(readClaimCode(plain.join('')).ok).toBe(false);
      }),
    );
  });

  it.each([
    ['', 'has 0 of 16'],
    ['K7QF-2M9X-T4RB', 'has 12 of 16'],
    ['K7QF-2M9X-T4RB-8WZU', '"U" stands in no code'],
    ['K7QF-2M9X-T4RB-ก', '"ก" stands in no code'],
  ])('says what is wrong with "%s"', (typed, problem) => {
    expect(readClaimCode(typed)).toMatchObject({ ok: false, problem: expect.stringContaining(problem) });
  });

  it('belongs to one key', () => {
    fc.assert(
      fc.property(publicKey, publicKey, secret, (key, other, bytes) => {
        const made = claimCodeOf(key, () => bytes);
        expect(codeFitsKey(made, key)).toBe(true);
        const begins = (k: Uint8Array) => createHash('sha256').update(k).digest('hex').slice(0, 10);
        expect(codeFitsKey(made, other)).toBe(begins(key) === begins(other));
      }),
    );
  });

  it('is hashed for one gateway', async () => {
    const made = claimCodeOf(new Uint8Array(32), () => new Uint8Array(5));
    const hash = await claimHash(made, gateway);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(await claimHash(made, '019c0fd8-ea80-7000-8000-000000000000' as GatewayId)).not.toBe(hash);
  });
});

describe('the QR code in the terminal', () => {
  it('says what it should, read back from the characters that are shown', () => {
    const made = claimCodeOf(new Uint8Array(32).fill(7), () => new Uint8Array(5).fill(9));
    const uri = claimUri(made, gateway, new Uint8Array(32).fill(7));
    const lines = qrLines(uri);
    expect(uri).toMatch(/^METERLINE:1\/[0-9A-Z]{16}\/[0-9A-F-]{36}\/[0-9A-F]{64}$/);
    expect(decodeQR(picture(lines))).toBe(uri);
  });
});

/** Each character is one module wide and two high; what is drawn shines. */
function picture(lines: readonly string[], zoom = 8): { width: number; height: number; data: Uint8Array } {
  const rows = lines.flatMap((line) => [
    [...line].map((c) => c === '█' || c === '▀'),
    [...line].map((c) => c === '█' || c === '▄'),
  ]);
  const width = (rows[0]?.length ?? 0) * zoom;
  const height = rows.length * zoom;
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const light = rows[Math.floor(y / zoom)]?.[Math.floor(x / zoom)] ? 255 : 0;
      data.set([light, light, light, 255], (y * width + x) * 4);
    }
  }
  return { width, height, data };
}
