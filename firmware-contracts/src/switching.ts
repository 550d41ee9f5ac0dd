import { z } from 'zod';

/** Relays are on or off, valves open or closed; `abnormal` and `unknown` can be read, never asked for. */
export const RELAY_STATES = ['on', 'off'] as const;
export const VALVE_STATES = ['open', 'closed'] as const;

export const wantedState = z.literal([...RELAY_STATES, ...VALVE_STATES]);
export type WantedState = z.infer<typeof wantedState>;

export const switchState = z.literal([...RELAY_STATES, ...VALVE_STATES, 'abnormal', 'unknown']);
export type SwitchState = z.infer<typeof switchState>;
