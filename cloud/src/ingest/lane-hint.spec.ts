import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { sealedHint } from './lane-hint.ts';

const plain = Buffer.from(
  `ml1 readings d789a913dd38c311 ${'0'.repeat(128)}\n{"v":1,"sealed":1769878805000,"x":1}\n${'body '.repeat(4_000)}`,
);

describe('when a batch says it was sealed', () => {
  it.each([
    ['plain', plain, false],
    ['deflated', deflateSync(plain), true],
  ])('%s', (_, payload, deflated) => expect(sealedHint(payload, deflated)).toBe(1_769_878_805_000));

  it.each([
    ['nothing', Buffer.alloc(0), false],
    ['no zlib', Buffer.from('x'.repeat(99)), true],
    ['a bomb', deflateSync(Buffer.alloc(8_000_000)), true],
    ['another length', Buffer.from('{"sealed":17698788050001}'), false],
  ])('is not known of %s', (_, payload, deflated) => expect(sealedHint(payload, deflated)).toBeUndefined());
});
