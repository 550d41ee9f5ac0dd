export { defaultText, emitConfigurationDoc, valueText } from './config.document.ts';
export { effectiveConfig } from './config.effective.ts';
export { type ConfigKey, configKeys } from './config.keys.ts';
export { loadConfig } from './config.load.ts';
export { type ConfigInput, type ConfigResult, formatProblem, parseConfig } from './config.parse.ts';
export { type Config, configSchema, ROLES, type Role } from './config.schema.ts';
export type { ConfigProblem } from './config.sources.ts';
export {
  collectSecrets,
  isPlainConnection,
  PLAIN_CONNECTION,
  redactUrl,
  Secret,
  secretStrings,
} from './secret.ts';
