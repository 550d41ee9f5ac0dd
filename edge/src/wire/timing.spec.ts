import { describe, expect, it } from 'vitest';
import { registerReadUs, t15Us, t35Us } from './timing.ts';

const line = (baud: number) => ({ baud, parity: 'none', stop: 1 }) as const;

describe('line timing', () => {
  it.each([
    // baud, registers, turnaround ms, ms without and with a meter that wants 60 ms of silence
    [9600, 2, 5, 26.4, 82.7],
    [9600, 2, 20, 41.4, 97.7],
    [9600, 40, 20, 120.5, 176.9],
    [9600, 80, 50, 233.9, 290.2],
    [19200, 2, 20, 30.7, 88.9],
    [19200, 80, 20, 111.9, 170.1],
    [38400, 40, 20, 46.0, 104.2],
    [115200, 80, 20, 36.8, 95.0],
  ])('%i baud, %i registers, %i ms turnaround', (baud, registers, turnaround, ms, withGap) => {
    expect(registerReadUs(line(baud), registers, turnaround * 1000) / 1000).toBeCloseTo(ms, 0);
    expect(registerReadUs(line(baud), registers, turnaround * 1000, 60_000) / 1000).toBeCloseTo(withGap, 0);
  });

  it('counts silences in characters up to 19200 baud and fixes them above', () => {
    expect(t35Us(line(9600))).toBeCloseTo(3645.8, 1);
    expect(t35Us({ baud: 9600, parity: 'even', stop: 1 })).toBeCloseTo(4010.4, 1);
    expect(t35Us(line(19200))).toBeCloseTo(1822.9, 1);
    expect(t35Us(line(38400))).toBe(1750);
    expect(t15Us(line(19200))).toBeCloseTo(781.25, 2);
    expect(t15Us(line(115200))).toBe(750);
  });
});
