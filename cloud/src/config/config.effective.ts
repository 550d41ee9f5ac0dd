import { stringify } from 'yaml';
import type { Config } from './config.schema.ts';

/** What is in effect, as YAML that could be a config file but for its masked secrets. */
export function effectiveConfig(config: Config): string {
  // Through JSON, where every secret shows its mask.
  return stringify(JSON.parse(JSON.stringify(config)), { lineWidth: 0 });
}
