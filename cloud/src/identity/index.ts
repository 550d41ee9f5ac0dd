export { type AuditQuestion, auditFilterOf } from './audit-query.ts';
export { auditCsv, auditJsonl } from './audit-table.ts';
export { type CallingCode, readContact } from './domain/contact.ts';
export {
  type Extent,
  extentOf,
  MAY_GRANT,
  NEEDS_SECOND_FACTOR,
  PERMISSIONS,
  type Permission,
  ROLES,
  type Role,
} from './domain/permissions.ts';
export { ExpiryService } from './expiry.service.ts';
export { Gate, type RequestContext } from './gate.ts';
export { identityError } from './identity.errors.ts';
export { explainRefusal, neededOf, PlatformGuard, requestActing } from './identity.guards.ts';
export { identityEvents, identityJobs } from './identity.jobs.ts';
export { deriveIdentityKeys } from './identity.keys.ts';
export { type IdentityServices, identityModule, identityServices } from './identity.module.ts';
export type { IdentityParts, Member } from './identity.types.ts';
export { IDENTITY_TOPICS } from './identity-change.ts';
export { LinkMailService } from './link-mail.service.ts';
export { Needs } from './needs.ts';
export { FIND_PEOPLE_SQL } from './people.search.ts';
export type { Acting } from './people.service.ts';
export type { Hold, PersonRecords } from './person-records.ts';
