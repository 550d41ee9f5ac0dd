import { type DynamicModule, Module } from '@nestjs/common';
import { type Gate, type IdentityServices, identityModule } from '../identity/index.ts';
import { directDoors, recordsModule } from '../ingest/index.ts';
import { leasesModule } from '../leases/index.ts';
import { meteringModule } from '../metering/index.ts';
import { onboardingModule } from '../onboarding/index.ts';
import { operationsModule } from '../operations/index.ts';
import { filesModule } from '../platform/files/index.ts';
import { emitDocument } from '../platform/http/index.ts';
import { type SitesModuleParts, sitesModule } from '../sites/index.ts';
import { buildInfo } from './build-info.ts';

@Module({})
class ApiModule {}

/** Only what routes declare is read; the parts behind them are never asked for. */
const nothing = undefined as never;
const NO_SITES = { operatorToken: '' } as SitesModuleParts;

/** Everything with routes but identity and sites, whose guards are real wherever this is mounted. */
export const guardedModules = (gate: Gate): readonly DynamicModule[] => [
  operationsModule(nothing, gate),
  leasesModule(nothing),
  meteringModule(nothing),
  recordsModule(nothing),
  ...directDoors(nothing),
  onboardingModule(nothing),
];

/** The document of the whole API, the same on every machine; committed as cloud/openapi.json. */
export function emitOpenApi(): Promise<string> {
  const imports = [
    filesModule(nothing, nothing),
    identityModule({} as IdentityServices),
    sitesModule(NO_SITES),
    ...guardedModules(nothing),
  ];
  return emitDocument({ module: ApiModule, imports }, buildInfo().version);
}
