export { countRefusals } from './count-refusals.ts';
export { GatewayDoor, type GatewayDoorOptions, type GatewayIntake } from './gateway-door.ts';
export { signingName } from './hub-keys.ts';
export { type MosquittoSetup, mosquittoSetup } from './mosquitto.ts';
export type { RefusalCount } from './refusal-tally.ts';
