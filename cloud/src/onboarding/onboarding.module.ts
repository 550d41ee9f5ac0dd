import { type DynamicModule, Module } from '@nestjs/common';
import { OnboardingController } from './onboarding.controller.ts';
import { type OnboardingParts, OnboardingService } from './onboarding.service.ts';

@Module({})
class OnboardingModule {}

export function onboardingModule(parts: OnboardingParts): DynamicModule {
  return {
    module: OnboardingModule,
    controllers: [OnboardingController],
    providers: [{ provide: OnboardingService, useFactory: () => new OnboardingService(parts) }],
  };
}
