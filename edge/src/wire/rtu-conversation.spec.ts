import { describe, expect, it } from 'vitest';
import type { Request } from './request.ts';
import { rtuFrame, rtuRequest } from './rtu.ts';
import { RtuConversation, type RtuRules } from './rtu-conversation.ts';
import { exceptionPdu, wordsPdu } from './server/pdus.ts';

const MS = 1000;
const rules: RtuRules = { lateReplyUs: 1000 * MS, listenUntilUs: 0, fence: 'unit' };
const read = (unit: number, count = 2): Request => ({ function: 3, unit, address: 0, count });
const reply = (unit: number, ...words: number[]) => rtuFrame(unit, wordsPdu(3, words));
const bytes = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
const more = { kind: 'more' };
const bad = { kind: 'bad', lost: false };
const words = (...values: number[]) => ({ kind: 'reply', body: { words: values } });

describe('an RTU conversation', () => {
  it('takes a reply that comes byte by byte', () => {
    const talk = new RtuConversation(rules);
    talk.begin(read(1));
    const frame = reply(1, 7, 8);
    const verdicts = [...frame].map((byte) => talk.feed(Uint8Array.of(byte), 0));
    expect(verdicts.slice(0, -1).every(({ kind }) => kind === 'more')).toBe(true);
    expect(verdicts.at(-1)).toMatchObject(words(7, 8));
  });

  it.each([
    ['another unit', reply(2, 7, 8), 'unit'],
    ['another function', rtuFrame(1, wordsPdu(4, [7, 8])), 'function'],
    ['another length', reply(1, 7), 'length'],
    ['damage in the middle', reply(1, 7, 8).with(4, 9), 'crc'],
    ['damage in the header', reply(1, 7, 8).with(1, 9), 'crc'],
    ['a reply behind noise', bytes(Uint8Array.of(0x55), reply(1, 7, 8)), 'crc'],
    ['a reply behind the reply of a unit that owes none', bytes(reply(2, 1, 1), reply(1, 7, 8)), 'unit'],
  ])('refuses %s', (_, came, fault) => {
    const talk = new RtuConversation(rules);
    talk.begin(read(1));
    expect(talk.feed(came, 0)).toEqual(bad);
    expect(talk.giveUp(0, 0)).toEqual({ fault, evidence: came });
  });

  it('says what a silent, a cut and a refusing meter are', () => {
    const talk = new RtuConversation(rules);
    talk.begin(read(1));
    expect(talk.giveUp(0, 0).fault).toBe('timeout');
    talk.begin(read(1));
    expect(talk.feed(reply(1, 7, 8).subarray(0, 8), 0)).toEqual(more);
    expect(talk.giveUp(0, 0).fault).toBe('length');
    talk.begin(read(1));
    expect(talk.feed(rtuFrame(1, exceptionPdu(3, 2)), 0)).toMatchObject({ kind: 'exception', exception: 2 });
  });

  it('steps over what switching drivers leave before a frame, but not over more', () => {
    const talk = new RtuConversation(rules);
    talk.begin(read(1));
    expect(talk.feed(bytes(Uint8Array.of(0, 255), reply(1, 7, 8)), 0)).toMatchObject(words(7, 8));
    talk.begin(read(1));
    expect(talk.feed(bytes(Uint8Array.of(0, 0, 0), reply(1, 7, 8)), 0)).toEqual(bad);
  });
});

describe('the fence', () => {
  it('keeps a unit unasked while it may still answer, and nobody else', () => {
    const talk = new RtuConversation(rules);
    talk.begin(read(1));
    talk.giveUp(50 * MS, 0);
    expect(talk.fencedUntilUs(1)).toBe(1050 * MS);
    expect(talk.fencedUntilUs(2)).toBe(0);
  });

  it('falls when the debt is paid between, before or behind other bytes', () => {
    const talk = new RtuConversation(rules);
    for (const late of [
      reply(1, 7, 8),
      bytes(Uint8Array.of(0x33, 0), reply(1, 7, 8)),
      rtuFrame(1, exceptionPdu(3, 4)),
    ]) {
      talk.begin(read(1));
      talk.giveUp(0, 0);
      talk.stray(late, 300 * MS);
      expect(talk.fencedUntilUs(1)).toBe(0);
    }
    expect(talk.late).toEqual({ bytes: 9 + 11 + 5, replies: 3, longestUs: 300 * MS, twins: 0 });
  });

  it('steps over the late reply of one unit to find the reply of the other', () => {
    const talk = new RtuConversation(rules);
    talk.begin(read(1));
    talk.giveUp(0, 0);
    talk.begin(read(2));
    const late = reply(1, 1, 1);
    expect(talk.feed(late.subarray(0, 4), MS)).toEqual(more);
    expect(talk.feed(late.subarray(4), MS)).toEqual(more);
    expect(talk.feed(reply(2, 2, 2), 2 * MS)).toMatchObject(words(2, 2));
    expect(talk.fencedUntilUs(1)).toBe(0);
  });

  it('stands for everybody where the bus is asked to wait', () => {
    const talk = new RtuConversation({ ...rules, fence: 'bus' });
    talk.begin(read(1));
    talk.giveUp(0, 0);
    expect(talk.fencedUntilUs(2)).toBe(1000 * MS);
  });

  it('grows with the lateness that was seen, up to ten seconds', () => {
    const talk = new RtuConversation(rules);
    talk.begin(read(1));
    talk.giveUp(0, 0);
    talk.stray(reply(1, 1, 1), 2000 * MS);
    talk.begin(read(1));
    talk.giveUp(0, 0);
    expect(talk.fencedUntilUs(1)).toBe(3000 * MS);
    talk.stray(reply(1, 1, 1), 9_000 * MS);
    talk.begin(read(1));
    talk.giveUp(0, 0);
    expect(talk.fencedUntilUs(1)).toBe(10_000 * MS);
  });

  it('is not needed when the reply itself came, only damaged', () => {
    const talk = new RtuConversation(rules);
    talk.begin(read(1));
    talk.feed(reply(1, 7, 8).with(5, 0x99), 0);
    expect(talk.settled()).toBe(true);
    talk.giveUp(0, 0);
    expect(talk.fencedUntilUs(1)).toBe(0);
  });

  it('is needed when what came may not have been the reply', () => {
    const talk = new RtuConversation(rules);
    for (const came of [
      reply(1, 7, 8).with(2, 0x99),
      Uint8Array.of(1, 0x83, 2, 0, 0),
      reply(2, 7, 8),
      reply(1, 7, 8).subarray(0, 7),
    ]) {
      talk.begin(read(1));
      talk.feed(came, 0);
      talk.giveUp(0, 0);
      expect(talk.fencedUntilUs(1)).toBe(1000 * MS);
    }
  });

  it('gives a meter with much time more than that time', () => {
    const talk = new RtuConversation(rules);
    talk.begin(read(1));
    talk.giveUp(0, 2000 * MS);
    expect(talk.fencedUntilUs(1)).toBe(3000 * MS);
  });

  it('falls only after the line was listened to beyond it', () => {
    const talk = new RtuConversation(rules);
    expect(talk.unheard(1)).toBe(false);
    talk.begin(read(1));
    talk.giveUp(0, 0);
    talk.heard(1, 999 * MS);
    expect(talk.unheard(1)).toBe(true);
    talk.heard(1, 1000 * MS);
    expect(talk.unheard(1)).toBe(false);
    const fresh = new RtuConversation({ ...rules, listenUntilUs: 5 });
    expect(fresh.unheard(9)).toBe(true);
    fresh.heard(8, 5);
    expect(fresh.unheard(9)).toBe(false);
  });

  it('does not outlive ten seconds, nor believe in replies that come later', () => {
    const talk = new RtuConversation(rules);
    talk.begin(read(1));
    talk.giveUp(0, 0);
    talk.stray(reply(1, 1, 1), 10_001 * MS);
    expect(talk.late).toMatchObject({ replies: 0, longestUs: 0, bytes: 9 });
  });

  it('counts two meters with one number', () => {
    const talk = new RtuConversation(rules);
    talk.begin(read(1));
    expect(talk.feed(bytes(reply(1, 7, 8), reply(1, 7, 9)), 0)).toMatchObject(words(7, 8));
    talk.begin(read(1));
    talk.feed(reply(1, 7, 8), MS);
    talk.stray(reply(1, 7, 9), 2 * MS);
    expect(talk.late.twins).toBe(2);
  });

  it('stands at the start: a process that ran before may be owed replies', () => {
    expect(new RtuConversation({ ...rules, listenUntilUs: 5 }).fencedUntilUs(9)).toBe(5);
  });
});

describe('an adapter that hears itself', () => {
  const write: Request = { function: 6, unit: 1, address: 1, word: 3 };
  const echo = rtuRequest(write);

  it('is found out by a read', () => {
    const talk = new RtuConversation(rules);
    const own = talk.begin(read(1));
    expect(talk.feed(bytes(own, reply(1, 7, 8)), 0)).toMatchObject(words(7, 8));
    talk.begin(write);
    expect(talk.feed(echo, 0)).toEqual(more);
    expect(talk.feed(echo, 0)).toMatchObject({ kind: 'reply', body: { written: true } });
  });

  it('never makes a write look confirmed: one copy is none while it may be the echo', () => {
    const talk = new RtuConversation(rules);
    talk.begin(write);
    expect(talk.feed(echo, 0)).toEqual(more);
    expect(talk.giveUp(0, 0).fault).toBe('echo');
    const own = talk.begin(read(2));
    talk.feed(bytes(own, reply(2, 7, 8)), 0);
    talk.begin(write);
    expect(talk.feed(echo, 0)).toEqual(more);
    expect(talk.giveUp(0, 0).fault).toBe('timeout');
  });

  it('is known not to be there after a read without echo', () => {
    const talk = new RtuConversation(rules);
    talk.begin(read(1));
    talk.feed(reply(1, 7, 8), 0);
    talk.begin(write);
    expect(talk.feed(echo, 0)).toMatchObject({ kind: 'reply' });
  });

  it('is learnt anew after the port was opened anew or an echo came unexpected', () => {
    const talk = new RtuConversation(rules);
    talk.begin(read(1));
    talk.feed(reply(1, 7, 8), 0);
    const own = talk.begin(read(1));
    expect(talk.feed(bytes(own, reply(1, 7, 8)), 0).kind).toBe('bad');
    talk.giveUp(0, 0);
    talk.begin(read(2));
    expect(talk.feed(bytes(rtuRequest(read(2)), reply(2, 7, 8)), 0)).toMatchObject(words(7, 8));
    talk.reopened();
    talk.begin(write);
    expect(talk.feed(echo, 0)).toEqual(more);
  });
});
