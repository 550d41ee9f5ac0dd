/** The names are part of the schema: migrations grant to them. */
export const ROLES = {
  owner: 'meterline_owner',
  app: 'meterline_app',
  worker: 'meterline_worker',
  ingest: 'meterline_ingest',
  readOnly: 'meterline_readonly',
} as const;

export type LoginRole = keyof typeof ROLES;
