export type { AddBuilding, ChangeBuilding } from './building-rules.ts';
export type { PublicKey } from './domain/public-key.ts';
export { REGIMES, type Regime, type RegimeSpan, regimeOn } from './domain/regime.ts';
export { type AddGateway, GatewaysService } from './gateways.service.ts';
export { InstallationsService } from './installations.service.ts';
export type { AddMeter, ChangeMeter } from './meter-wish.ts';
export { type AddPoint, MetersService } from './meters.service.ts';
export { MetersStore, metersStore } from './meters.store.ts';
export { OrganisationGuard, type RequestContext, requestContext } from './organisation.guard.ts';
export type { AddPlace, ChangePlace } from './place-wish.ts';
export { PlacesService } from './places.service.ts';
export { PlacesStore, placesStore } from './places.store.ts';
export { type RevokedCertificate, revokedCertificates } from './revoked-certificates.ts';
export { SearchService, type SearchSource, siteSources, sqlSource } from './search.service.ts';
export { type By, SITE_TOPICS, type SitesParts, type SiteTopic } from './site-change.ts';
export {
  type GatewayDirectory,
  type KnownGateway,
  type KnownPoint,
  type NamedPoint,
  type PointDirectory,
  SiteDirectory,
  type SiteDirectoryOptions,
} from './site-directory.ts';
export { type ListedBuilding, type SiteLists, siteLists } from './site-lists.ts';
export { sitesError } from './sites.errors.ts';
export { type SitesModuleParts, sitesModule } from './sites.module.ts';
export { SitesService } from './sites.service.ts';
export { SitesStore, sitesStore } from './sites.store.ts';
export type * from './sites.types.ts';
