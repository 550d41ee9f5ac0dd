/** Class of evidence of a reading, as its column `source` holds it; in words: table evidence_name. */
export const SOURCE = {
  boundary: 1,
  signed: 2,
  simple: 3,
  webhook: 4,
  file: 5,
  photo: 6,
  person: 7,
} as const;
export type Source = (typeof SOURCE)[keyof typeof SOURCE];
/** What comes without a gateway's signature. */
export type DirectSource = 3 | 4 | 5 | 6 | 7;
