import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EncodingProbe } from './encoding.ts';

/** Windows-874 by turning Node's decoder around: every byte that stands for a character. */
const IN_874 = new Map<string, number>();
for (let byte = 0; byte < 256; byte++) {
  const character = new TextDecoder('windows-874').decode(Uint8Array.of(byte));
  if (character !== '\ufffd' && !(byte >= 0x80 && character.charCodeAt(0) === byte && byte !== 0xa0))
    IN_874.set(character, byte);
}
const as874 = (text: string) => Buffer.from([...text].map((character) => IN_874.get(character) ?? 0x3f));
const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();

function probe(bytes: Uint8Array, size = 3) {
  const it = new EncodingProbe();
  for (let from = 0; from < bytes.length; from += size) it.take(bytes.subarray(from, from + size));
  return it.finish()?.encoding;
}

const THAI = 'ห้อง,วันที่,หน่วย\n๑๐๑,๑/๒/๒๕๖๙,๑๒๓\n';

describe('the encoding of a file', () => {
  it.each([
    ['plain ASCII', Buffer.from('room,kWh\n101,5\n'), 'utf-8'],
    ['nothing', Buffer.alloc(0), 'utf-8'],
    ['UTF-8', Buffer.from(THAI), 'utf-8'],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${THAI}`), 'utf-8'],
    ['UTF-16 LE with a mark', Buffer.from(`\ufeff${THAI}`, 'utf16le'), 'utf-16le'],
    ['UTF-16 BE with a mark', utf16be(`\ufeff${THAI}`), 'utf-16be'],
    ['UTF-16 LE without a mark', Buffer.from('room,kWh\n101,5\n', 'utf16le'), 'utf-16le'],
    ['UTF-16 BE without a mark', utf16be('room,kWh\n101,5\n'), 'utf-16be'],
    ['Windows-874', as874(THAI), 'windows-874'],
    ['Windows-874 with one Thai letter at its end', as874(`${'room,5\n'.repeat(30_000)}ก`), 'windows-874'],
    ['none of them', Buffer.from([0x41, 0xff, 0xfe, 0xdb]), undefined],
    ['binary', Buffer.from([0x41, 0, 0, 0, 0x42, 0, 0]), undefined],
  ])('%s', (_what, bytes, encoding) => expect(probe(bytes, 1000)).toBe(encoding));

  it('does not depend on where the pieces end', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 9 }), (text, size) => {
        const bytes = Buffer.from(`x${text.replaceAll('\0', '')}`);
        expect(probe(bytes, size)).toBe('utf-8');
      }),
    );
  });
});
