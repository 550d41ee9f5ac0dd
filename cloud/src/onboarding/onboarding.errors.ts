import { defineErrors } from '../kernel/errors.ts';

export const onboardingError = defineErrors({
  onboarding_building_not_found: {
    kind: 'not_found',
    retryable: false,
    meaning: 'the organisation has no such building',
  },
  onboarding_plan_changed: {
    kind: 'conflict',
    retryable: false,
    meaning: 'the list would do something else by now than was looked at; look again, and bring it in then',
  },
  onboarding_overtaken: {
    kind: 'conflict',
    retryable: true,
    meaning: 'somebody changed the same places, meters or leases in this moment; nothing was brought in',
  },
});
