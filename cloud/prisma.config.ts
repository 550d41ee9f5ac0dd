import { defineConfig } from 'prisma/config';

// Migrations are not Prisma's: `meterline migrate` applies cloud/migrations, and a test compares the schema with them.
export default defineConfig({
  schema: 'prisma/schema.prisma',
  experimental: { externalTables: true },
  tables: {
    // Not for the typed client: the runner's own history and lock, the sealer's lock; time series, which are read by SQL only, come here as well.
    external: ['public.schema_migration', 'public.schema_lock', 'public.audit_sealer'],
  },
});
