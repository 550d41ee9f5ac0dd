import { describe, expect, it } from 'vitest';
import { allocate, allocateInOrder } from './allocate.ts';
import { decimal } from './decimal.ts';
import {
  add,
  formatMoney,
  type Money,
  money,
  moneyFromDecimal,
  multiply,
  negate,
  parseMoney,
  subtract,
  sum,
} from './money.ts';
import { billingCycle, calendarDays, localMonth, startOfDay } from './period.ts';
import {
  formatQuantity,
  parseQuantity,
  quantity,
  quantitySince,
  ratio,
  ratioFromResolution,
  subtractQuantity,
  sumQuantity,
} from './quantity.ts';
import { divideRounded, roundToInteger } from './rounding.ts';

// Small sums as they stand on bills, with the arithmetic beside them: the kernel must agree with the pencil.

const baht = (text: string): Money => parseMoney(text, 'THB');
const shown = (amounts: readonly Money[]) => amounts.map(formatMoney);

describe('an electricity bill of 100 kWh in bands', () => {
  const bands = [
    { units: '15', price: '2.3488' }, // 35.2320
    { units: '10', price: '2.9882' }, // 29.8820
    { units: '10', price: '3.2405' }, // 32.4050
    { units: '65', price: '3.6237' }, // 235.5405
  ];
  const exact = bands.map(({ units, price }) => decimal(units).times(decimal(price)));
  const total = exact.reduce((a, b) => a.plus(b));

  it('rounds the energy charge once: 333.0595 is 333.06', () => {
    expect(total.toFixed()).toBe('333.0595');
    expect(formatMoney(moneyFromDecimal(total, 'THB'))).toBe('333.06');
  });

  it('shows bands that add up to it: .20 .20 .50 .05 satang are left, the .50 gets the one that remains', () => {
    const energy = moneyFromDecimal(total, 'THB');
    expect(shown(allocateInOrder(energy, exact))).toEqual(['35.23', '29.88', '32.41', '235.54']);
  });

  it('rounding each band by itself would be off by nothing here, and by a satang elsewhere', () => {
    const each = exact.map((value) => moneyFromDecimal(value, 'THB'));
    expect(formatMoney(sum('THB', each))).toBe('333.06');
    // three bands of 0.005 each: 0.015 is 0.02, but 0.01 three times is 0.03
    const thirds = ['0.005', '0.005', '0.005'].map((value) => moneyFromDecimal(value, 'THB'));
    expect(formatMoney(sum('THB', thirds))).toBe('0.03');
    expect(formatMoney(moneyFromDecimal('0.015', 'THB'))).toBe('0.02');
  });

  it('adds service and tax: (333.06 + 8.19) × 7 % = 23.8875', () => {
    const net = add(moneyFromDecimal(total, 'THB'), baht('8.19'));
    const tax = multiply(net, '0.07');
    expect(shown([net, tax, add(net, tax)])).toEqual(['341.25', '23.89', '365.14']);
    // the supplier that truncates prints one satang less
    expect(formatMoney(multiply(net, '0.07', 'truncate'))).toBe('23.88');
  });

  it('a credit note for all of it is the same bill with the sign turned', () => {
    const net = add(moneyFromDecimal(total, 'THB'), baht('8.19'));
    expect(multiply(negate(net), '0.07')).toEqual(negate(multiply(net, '0.07')));
    expect(allocateInOrder(negate(net), exact)).toEqual(allocateInOrder(net, exact).map(negate));
  });

  it('a revised fuel adjustment gives back the difference: 100 × (0.6689 − 0.2048) = 46.41', () => {
    const before = moneyFromDecimal(decimal('0.6689').times(100), 'THB');
    const after = moneyFromDecimal(decimal('0.2048').times(100), 'THB');
    expect(formatMoney(subtract(after, before))).toBe('-46.41');
  });
});

describe('sharing and proration', () => {
  it('1 000.01 over three rooms by their units, to the satang', () => {
    // of 333: 120 → 36036.396, 80 → 24024.264, 133 → 39940.339; the satang left goes to .396
    const shares = allocate(
      baht('1000.01'),
      [
        { name: 'A101', weight: '120' },
        { name: 'A102', weight: '80' },
        { name: 'A103', weight: '133' },
      ],
      'name',
    );
    expect(shares.map((share) => [share.name, share.amount.minor])).toEqual([
      ['A101', 36037n],
      ['A102', 24024n],
      ['A103', 39940n],
    ]);
  });

  it('a service charge for 18 of 28 days: 24.62 × 18 / 28 = 15.8271', () => {
    expect(divideRounded(2462n * 18n, 28n)).toBe(1583n);
  });

  it('what is prorated to both sides of a move may be off by one, what is allocated is not', () => {
    // 0.03 by halves: 0.015 and 0.015 round to 0.02 each
    expect(divideRounded(3n * 1n, 2n) * 2n).toBe(4n);
    expect(allocateInOrder(money(3n, 'THB'), ['1', '1']).map((part) => part.minor)).toEqual([2n, 1n]);
  });

  it('moved in on 8 January, billed by the day: 24 of 31', () => {
    const zone = 'Asia/Bangkok';
    const month = localMonth('2026-01', zone);
    const stay = { start: startOfDay('2026-01-08', zone), end: month.end };
    expect([calendarDays(stay, zone), calendarDays(month, zone)]).toEqual([24, 31]);
    // rent 4 500.00 × 24 / 31 = 3 483.870…
    expect(divideRounded(450_000n * 24n, 31n)).toBe(348_387n);
  });

  it('a cycle from the 25th has as many days as its calendar says', () => {
    const lengths = ['2026-01', '2026-02', '2026-03', '2028-01', '2028-02'].map((month) =>
      calendarDays(billingCycle(month, 25, 'Asia/Bangkok'), 'Asia/Bangkok'),
    );
    // 25 Jan–25 Feb, 25 Feb–25 Mar, 25 Mar–25 Apr, and 2028 with its 29 February
    expect(lengths).toEqual([31, 28, 31, 31, 29]);
  });
});

describe('rupiah have no smaller unit', () => {
  it('40 hours × 1.3 kVA at 1 444.70 = 75 124.4', () => {
    const minimum = decimal('40').times('1.3').times('1444.70');
    expect(formatMoney(moneyFromDecimal(minimum, 'IDR'))).toBe('75124');
  });

  it('a token of 50 000 with 3 % street-light tax off the top is 33.57 kWh, cut off', () => {
    // 48 500 / 1 444.70 = 33.5710…; in hundredths of a kWh
    const hundredths = decimal('50000').times('0.97').div('1444.70').times(100);
    expect(roundToInteger(hundredths, 'truncate')).toBe(3357n);
  });

  it('a share of a rupiah is not lost either', () => {
    const parts = allocateInOrder(money(100_000n, 'IDR'), ['1', '1', '1']);
    expect(shown(parts)).toEqual(['33334', '33333', '33333']);
    expect(sum('IDR', parts)).toEqual(money(100_000n, 'IDR'));
  });
});

describe('registers become quantities', () => {
  it('a display of 0.01 kWh that went from 12 345.67 to 12 432.10 used 86.43 kWh', () => {
    const used = quantitySince(1_234_567n, 1_243_210n, ratioFromResolution('0.01', 'Wh'));
    expect(formatQuantity(quantity(used, 'Wh'))).toBe('86.430');
  });

  it('a water meter of 10 litres a pulse: 173 pulses are 1.73 m³', () => {
    const used = quantitySince(0n, 173n, ratioFromResolution('0.01', 'mL'));
    expect(formatQuantity(quantity(used, 'mL'))).toBe('1.730000');
  });

  it('1 600 impulses a kWh, read every 7 impulses: the parts add up to the whole', () => {
    // 7 × 5/8 = 4.375 Wh: single steps are 4 or 5, 160 of them are 700
    const r = ratio(5n, 8n);
    const q = Array.from({ length: 161 }, (_, step) => quantitySince(0n, BigInt(step) * 7n, r));
    const steps = q.slice(1).map((value, index) => quantity(value - (q[index] ?? 0n), 'Wh'));
    expect(new Set(steps.map((step) => step.amount))).toEqual(new Set([4n, 5n]));
    expect(sumQuantity('Wh', steps)).toEqual(quantity(700n, 'Wh'));
  });

  it('main meter less rooms is what the corridors used, or a loss: nothing is rounded away', () => {
    const main = parseQuantity('3200.000', 'Wh');
    const rooms = ['1045.123', '988.001', '1002.876'].map((text) => parseQuantity(text, 'Wh'));
    const rest = subtractQuantity(main, sumQuantity('Wh', rooms));
    expect(formatQuantity(rest)).toBe('164.000');
  });
});
