export { webhookSealingKey } from './webhook-secret.ts';
export { DEFAULT_OVERLAP_HOURS, WebhookSourcesService } from './webhook-sources.service.ts';
