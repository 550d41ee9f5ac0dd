export { LANGUAGES, type Language, LIST_KINDS, type ListKind } from './domain/list-columns.ts';
export { onboardingModule } from './onboarding.module.ts';
export { parseListMapping } from './onboarding.schemas.ts';
export { ONBOARDING_TOPICS, OnboardingService } from './onboarding.service.ts';
export type { ListResult } from './onboarding.types.ts';
export { template } from './templates.ts';
