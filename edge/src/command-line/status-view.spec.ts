import { describe, expect, it } from 'vitest';
import { busShown, meterShown, snapshotShown } from '../../test/support/snapshots.ts';
import type { AgentSnapshot } from '../snapshot.ts';
import { fitted, statusLines } from './status-view.ts';
import { widthOf } from './text-width.ts';

const show = (snapshot: AgentSnapshot, width = 10_000): string =>
  statusLines(snapshot, { width, coloured: false }).join('\n');

const THAI = [
  meterShown(1, 'ตู้เมนใหญ่', { role: 'main', profile: 'eastron-sdm630@1' }),
  meterShown(12, 'ห้อง 101 ชั้นหนึ่ง อาคารริมน้ำฝั่งตะวันออก', { errors: { timeout: 7, crc: 1 } }),
  meterShown(13, 'ปั๊มน้ำ', { state: 'silent', breaker: 'open', errors: { timeout: 40 }, ageMs: 3_900_000 }),
  meterShown(101, '水表 3', { state: 'unverified', profile: 'usw-dn15-40-ultrasonic@1' }),
];

describe('the table of a running agent', () => {
  it('has everything of a gateway in good order', () => {
    expect(show(snapshotShown()).replace(/ +$/gm, '').split('\n')).toEqual([
      expect.stringMatching(/^gateway {2}[0-9a-f-]{36}, meterline-edge 0\.1\.0, up 4 days$/),
      'clock    2026-11-20 07:15:02 UTC, by ntp to ± 52 ms',
      'config   version 7 runs',
      'uplink   connected, 5120 batches sent, 5116 receipted (half within 180 ms, 99 % within 1.4 s)',
      'data     39 MB of 100 MB this month, 1.1 MB today; at this pace 62 % of it by its end',
      'journal  to send: 2 billing, 12 counter, 340 gauge, 1 records; 4 batches wait, the oldest for 3 minutes',
      '         1 % of 500 MB used, 12 GB of the disk free',
      'meters   1: 1 ok',
      '',
      'Line 1  serial:///dev/ttyUSB0?baud=9600&parity=none&stop=1',
      'open, load 41 %, 81234 requests, 12 without an answer, 3 damaged, 0 refused',
      'UNIT  METER     MODEL                   COUNT      NOW   AGE   TURN  ERRORS  STATE',
      '   1  Room 101  eastron-sdm120m  1234.560 kWh  230.5 W  12 s  21 ms       0  ok',
    ]);
  });

  it.each([200, 120, 80, 60, 44, 40, 34, 30])('fits into %i columns, wide characters and all', (width) => {
    const quiet = snapshotShown({ buses: [busShown('อาคาร A', THAI)] });
    const lines = statusLines(quiet, { width, coloured: false });
    for (const line of lines) expect({ line, fits: widthOf(line) <= width }).toEqual({ line, fits: true });
    const [head = '', ...rows] = lines.filter((line) => /^(UNIT| +\d+ {2})/.test(line));
    expect(rows).toHaveLength(4);
    // What stands in the last column begins at one place.
    const column = widthOf(head.slice(0, head.indexOf('STATE')));
    for (const row of rows) expect(widthOf(row.replace(/(ok|silent|unverified)$/, ''))).toBe(column);
  });

  it('keeps unit, label and state longest', () => {
    const narrow = (width: number) => show(snapshotShown({ buses: [busShown('L', THAI)] }), width);
    expect(narrow(44)).toMatch(/^UNIT {2}METER +COUNT {2}STATE$/m);
    expect(narrow(34)).toMatch(/^UNIT {2}METER +STATE$/m);
  });

  it('colours nothing that it would not say without colours', () => {
    const snapshot = snapshotShown({ buses: [busShown('L', THAI)] });
    const coloured = statusLines(snapshot, { width: 80, coloured: true });
    expect(coloured.join('\n')).toContain('\u001b[31msilent\u001b[0m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is taken away
    expect(coloured.map((line) => line.replace(/\u001b\[\d+m/g, ''))).toEqual(
      statusLines(snapshot, { width: 80, coloured: false }),
    );
  });

  it.each<[string, Partial<AgentSnapshot>, RegExp]>([
    [
      'a clock that nobody has set',
      { at: null, clock: { synced: false, uncertainty: null, source: 'none', wall: 0 } },
      /^clock {4}not synchronised \(this machine says 1970-01-01 00:00:00 UTC\)/m,
    ],
    ['a gateway that is not enrolled', { uplink: null }, /^uplink {3}not enrolled: readings are kept here/m],
    ['a journal that is gone', { journal: null }, /^journal {2}cannot be opened$/m],
    [
      'no configuration',
      { config: null, buses: [] },
      /^config {3}none yet$[\s\S]*No line is configured yet/m,
    ],
    [
      'a configuration that was given up',
      {
        config: {
          ...{ running: 6, desired: 7, state: 'rolled-back' },
          problems: [{ path: 'meters[3]', code: 'silent', message: 'Room 9 does not answer any more' }],
        },
      },
      /^config {3}version 6 runs; version 7 was rolled back; meters\[3\]: Room 9 does not answer any more$/m,
    ],
    [
      'one that is on trial',
      { config: { running: 8, desired: 8, state: 'pending', problems: [] } },
      /^config {3}version 8 runs on trial/m,
    ],
    [
      'what else is wrong',
      { problems: ['Room 9: x@1 is not known'] },
      /^problem {2}Room 9: x@1 is not known$/m,
    ],
  ])('says %s', (_, changed, text) => expect(show(snapshotShown(changed))).toMatch(text));

  it('says why there is no connection, and what the journal complains of', () => {
    const { uplink, journal } = snapshotShown();
    if (!uplink || !journal) throw new Error('the fixture has both');
    const text = show(
      snapshotShown({
        uplink: {
          ...uplink,
          connected: false,
          problem: 'broker x:8883: nothing answers on that port',
          attempts: 9,
        },
        journal: {
          ...journal,
          alerts: ['disk-full', 'hub-ahead'],
          quarantined: ['/var/journal.db.1.quarantine'],
        },
      }),
    );
    expect(text).toMatch(
      /^uplink {3}not connected after 9 attempts: broker x:8883: nothing answers on that port; /m,
    );
    expect(text).toMatch(/^ {9}the disk is full$/m);
    expect(text).toMatch(/^ {9}put aside: \/var\/journal\.db\.1\.quarantine$/m);
  });

  it('explains each meter that is not well below its line', () => {
    const text = show(
      snapshotShown({
        buses: [busShown('L', THAI, { state: 'failing', overloaded: true, demandPermille: 1_400 })],
      }),
    );
    expect(text).toContain('NOBODY ANSWERS, load 41 %, OVERLOADED (140 % asked for)');
    expect(text).toContain(
      '→ unit 13 ปั๊มน้ำ: no answer within 80 ms: it rests, and is asked now and then (40 timeout)',
    );
    expect(text).toContain('→ unit 101 水表 3: read, but not billed on before somebody has verified it');
    expect(text).toContain('(main)');
  });

  it('says why a port is closed', () => {
    const lost = busShown('L', [], {
      state: 'closed',
      problem: '/dev/ttyUSB0 is not there: is the adapter plugged in?',
    });
    expect(show(snapshotShown({ buses: [lost] }))).toMatch(
      /^PORT CLOSED \(\/dev\/ttyUSB0 is not there: is the adapter plugged in\?\), load 41 %, .*\nno meters$/m,
    );
  });

  it('does not say of a meter that cannot be asked that it is well', () => {
    const meters = [meterShown(1, 'a'), meterShown(2, 'b', { state: 'silent' })];
    const text = show(snapshotShown({ buses: [busShown('L', meters, { state: 'closed' })] }));
    expect(text).toMatch(/^meters {3}2: 1 not asked, 1 silent$/m);
    expect(text).toMatch(/ 1 +a .* not asked$/m);
  });

  it('counts at the top what may not fit below', () => {
    const text = show(snapshotShown({ buses: [busShown('L', THAI)] }));
    expect(text).toMatch(/^meters {3}4: 2 ok, 1 unverified, 1 silent$/m);
    expect(text.indexOf('meters')).toBeLessThan(text.indexOf('UNIT'));
  });

  it('says once what is to be said of several', () => {
    const doubtful = [3, 4, 9].map((unit) => meterShown(unit, `W${unit}`, { state: 'unverified' }));
    const text = show(snapshotShown({ buses: [busShown('L', doubtful)] }));
    expect(text.match(/→ .*/g)).toEqual([
      '→ units 3, 4, 9: read, but not billed on before somebody has verified it: see profiles show',
    ]);
  });

  it('moves no cursor, whatever a label holds', () => {
    const evil = meterShown(1, 'a\u001b[2J\nb', { state: 'failing', problem: 'x\u001b]0;t\u0007' });
    const text = show(snapshotShown({ buses: [busShown('c\u001b[31m', [evil])], problems: ['\u001b[H'] }));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });

  it('has a dash for what is not known', () => {
    const fresh = meterShown(1, 'new', { ageMs: null, turnaroundMs: null, values: [] });
    expect(show(snapshotShown({ buses: [busShown('L', [fresh])] }))).toMatch(
      / 1 +new +eastron-sdm120m +- +- +never +- +0 +ok$/m,
    );
  });
});

describe('a window that is too low', () => {
  it.each([
    [3, 3, ['a', 'b', 'c']],
    [3, 5, ['a', 'b', 'c']],
    [3, 2, ['a', '… 2 more lines: a larger window, or --once, shows all']],
  ])('%i lines in %i rows', (_, rows, shown) => expect(fitted(['a', 'b', 'c'], rows, 80)).toEqual(shown));

  it('is no wider than it may be, or the terminal would scroll', () => {
    expect(fitted(['a', 'b', 'c'], 2, 12)).toEqual(['a', '… 2 more li…']);
  });
});
