import { CELL_FAULTS, defineFaults, type Fault as TableFault } from '../../../kernel/tables/faults.ts';
import type { AmountFault } from './amount.ts';

export type FaultCode =
  | keyof typeof CELL_FAULTS
  | AmountFault
  | 'value_missing'
  | 'time_missing'
  | 'hour_missing'
  | 'time_skipped'
  | 'time_repeated'
  | 'point_missing'
  | 'point_unknown'
  | 'point_ambiguous'
  | 'point_is_gauge'
  | 'register_unknown'
  | 'unit_missing'
  | 'twice'
  | 'conflict'
  | 'opening_refused'
  | 'refused';

export type Fault = TableFault<FaultCode>;

export const faultAt = defineFaults<FaultCode>({
  ...CELL_FAULTS,
  number_negative: ['is below zero', 'a counter begins at zero; check the sign'],
  unit_unknown: ['has an unknown unit: …', 'use kWh, Wh, m³, L or count'],
  unit_mismatch: [
    'has a unit that does not fit the register, which counts …',
    'correct the unit or the meter',
  ],
  unit_missing: ['has no unit', 'map a column of units, or give the column of values one'],
  finer_than_register: [
    'is finer than the register counts, which is in steps of …',
    'give the digits of the display',
  ],
  count_too_large: ['is larger than any register', 'check the number'],
  year_out_of_reach: ['is a year out of reach', 'no reading is older than 1990 or later than next year'],
  value_missing: ['is empty', 'fill it in, or remove the line'],
  time_missing: ['is empty', 'say when the meter was read'],
  hour_missing: ['is a day without a time', 'add the time, or set dates.dateOnlyAt'],
  time_skipped: [
    'is an hour that the clocks skipped in the zone of the building',
    'write the time with its offset',
  ],
  time_repeated: [
    'is an hour that happened twice in the zone of the building',
    'write the time with its offset',
  ],
  point_missing: ['is empty', 'say whose reading it is'],
  point_unknown: [
    'is not known in this building at that time: …',
    'check the spelling, or add the meter first',
  ],
  point_ambiguous: ['has several registers that it may be: …', 'map a register, a medium or a point'],
  point_is_gauge: ['is a gauge', 'only counters are imported'],
  register_unknown: [
    'is a point of which the hub does not know what it counts',
    'assign its register first, or give counts',
  ],
  twice: ['is given twice with different values; the first is on line …', 'remove one of them'],
  conflict: ['is stored already with another value: …', 'supersede the stored reading if this one is right'],
  opening_refused: [
    'cannot be what the meter began with: …',
    'take the mark of the opening away, or declare what happened to the meter',
  ],
  refused: ['was refused: …', 'correct the line'],
});
