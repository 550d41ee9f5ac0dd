import { type DynamicModule, Module } from '@nestjs/common';
import { WebhookController, WebhookSourcesController } from './webhook.controller.ts';
import { type WebhookParts, WebhookService } from './webhook.service.ts';
import { WebhookSourcesService } from './webhook-sources.service.ts';

@Module({})
class WebhookModule {}

export function webhookModule(parts: WebhookParts): DynamicModule {
  return {
    module: WebhookModule,
    controllers: [WebhookController, WebhookSourcesController],
    providers: [
      { provide: WebhookService, useFactory: () => new WebhookService(parts) },
      { provide: WebhookSourcesService, useFactory: () => new WebhookSourcesService(parts) },
    ],
  };
}
