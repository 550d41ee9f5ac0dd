import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyRequest, replyPduOf, truth } from '../../test/wire/samples.ts';
import { mbapFrame, readMbap, readMbapReply } from './mbap.ts';
import { MbapConversation } from './mbap-conversation.ts';
import type { Request } from './request.ts';

const read: Request = { function: 3, unit: 1, address: 0, count: 2 };
const words = (...values: number[]) =>
  Uint8Array.of(3, 2 * values.length, ...values.flatMap((v) => [v >>> 8, v & 0xff]));

describe('Modbus TCP frames', () => {
  it('come whole out of a stream that is cut anywhere', () => {
    fc.assert(
      fc.property(anyRequest, fc.nat(), fc.nat(0xffff), (request, seed, transaction) => {
        const frame = mbapFrame(transaction, request.unit, replyPduOf(request, seed));
        for (let length = 0; length < frame.length; length++) {
          expect(readMbap(frame.subarray(0, length))).toEqual({ kind: 'more' });
        }
        const parsed = readMbap(frame);
        expect(parsed).toMatchObject({ kind: 'frame', transaction, unit: request.unit });
        expect(readMbapReply(request, parsed)).toMatchObject({ kind: 'reply', body: truth(request, seed) });
      }),
    );
  });

  it.each([
    ['another protocol', [0, 1, 0, 1], 'protocol'],
    ['no room for a function', [0, 1, 0, 0, 0, 2], 'length'],
    ['more than a frame can hold', [0, 1, 0, 0, 0, 255], 'length'],
    ['a length of two bytes', [0, 1, 0, 0, 1, 0], 'length'],
  ])('lose the stream: %s', (_, bytes, fault) => {
    expect(readMbap(Uint8Array.from(bytes))).toEqual({ kind: 'lost', fault });
  });
});

describe('a Modbus TCP conversation', () => {
  it('takes only the reply of its own transaction', () => {
    const talk = new MbapConversation();
    const first = talk.begin(read);
    expect(talk.giveUp().fault).toBe('timeout');
    talk.begin(read);
    const late = mbapFrame(((first[0] ?? 0) << 8) | (first[1] ?? 0), 1, words(1, 1));
    expect(talk.feed(late)).toEqual({ kind: 'more' });
    expect(talk.feed(mbapFrame(2, 1, words(2, 2)))).toMatchObject({ kind: 'reply', body: { words: [2, 2] } });
    expect(talk.late).toEqual({ bytes: late.length, replies: 1, longestUs: 0, twins: 0 });
  });

  it('keeps in step when a late reply is cut by the next request', () => {
    const talk = new MbapConversation();
    talk.begin(read);
    talk.giveUp();
    const late = mbapFrame(1, 1, words(1, 1));
    expect(talk.stray(late.subarray(0, 5))).toBe(true);
    talk.begin(read);
    expect(talk.feed(late.subarray(5))).toEqual({ kind: 'more' });
    expect(talk.feed(mbapFrame(2, 1, words(2, 2)))).toMatchObject({ body: { words: [2, 2] } });
  });

  it.each([
    ['unit', mbapFrame(1, 2, words(1, 1))],
    ['function', mbapFrame(1, 1, Uint8Array.of(4, 4, 0, 0, 0, 0))],
    ['length', mbapFrame(1, 1, words(1, 1, 1))],
    ['length', mbapFrame(1, 1, Uint8Array.of(3, 4, 0, 0))],
    ['length', mbapFrame(1, 1, Uint8Array.of(3, 4, 0, 0, 0, 0, 0))],
  ])('refuses a wrong %s', (fault, bytes) => {
    const talk = new MbapConversation();
    talk.begin(read);
    expect(talk.feed(bytes)).toEqual({ kind: 'bad', lost: false });
    expect(talk.giveUp()).toMatchObject({ fault, evidence: bytes });
  });

  it('says when the stream is lost, in flight and between', () => {
    const talk = new MbapConversation();
    talk.begin(read);
    expect(talk.feed(Uint8Array.of(0, 1, 9, 9, 0, 3))).toEqual({ kind: 'bad', lost: true });
    expect(talk.giveUp().fault).toBe('protocol');
    expect(talk.stray(Uint8Array.of(0, 1, 9, 9))).toBe(false);
  });
});
