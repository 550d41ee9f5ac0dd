export type { PublicKey } from './domain/public-key.ts';
export { type AddGateway, GatewaysService } from './gateways.service.ts';
export { type AddMeter, type AddPoint, MetersService } from './meters.service.ts';
export { OrganisationGuard, type RequestContext, requestContext } from './organisation.guard.ts';
export { type RevokedCertificate, revokedCertificates } from './revoked-certificates.ts';
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
export { sitesError } from './sites.errors.ts';
export { type SitesModuleParts, sitesModule } from './sites.module.ts';
export { SitesService } from './sites.service.ts';
export { SitesStore, sitesStore } from './sites.store.ts';
export type * from './sites.types.ts';
