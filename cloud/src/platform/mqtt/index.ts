export type * from './mqtt-door.ts';
