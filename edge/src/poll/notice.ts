import type { MeterId } from '@meterline/contracts';

/** What a person who looks after the meters may want to read in a log. */
export type Notice =
  | {
      readonly kind: 'silent' | 'misfit' | 'refused' | 'granted';
      readonly meter: MeterId;
      readonly text: string;
    }
  | { readonly kind: 'back'; readonly meter: MeterId }
  | { readonly kind: 'swapped'; readonly meter: MeterId; readonly text: string }
  | { readonly kind: 'suspect'; readonly meter: MeterId; readonly text: string }
  /** These were not read for the boundary. */
  | { readonly kind: 'unswept'; readonly boundary: number | null; readonly meters: readonly MeterId[] }
  /** The journal cannot hold an entry for what it is: a fault of this program. */
  | { readonly kind: 'invalid'; readonly text: string }
  /** Nothing was read for it: nobody was there, or the clock leapt over it. */
  | { readonly kind: 'boundary-missed'; readonly boundary: number };
