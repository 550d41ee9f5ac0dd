import { defineConfig } from 'prisma/config';

// Migrations are not Prisma's: `meterline migrate` applies cloud/migrations, and a test compares the schema with them.
export default defineConfig({
  schema: 'prisma/schema.prisma',
  experimental: { externalTables: true },
  tables: {
    // Not for the typed client: the runner's own history and lock, the sealer's lock, and what is written and read by
    // SQL only: time series, what is known of journals (ranges, which Prisma has no type for), and the ledger's list of
    // what changed.
    external: [
      'public.schema_migration',
      'public.schema_lock',
      'public.audit_sealer',
      'public.reading_gauge',
      'public.reading_counter',
      'public.reading_billing',
      'public.reading_bounded',
      'public.reading_partition_lock',
      'public.journal',
      'public.journal_gap',
      'public.journal_restart',
      'public.dead_letter_usage',
      'public.usage_dirty',
      'public.usage_point',
      'public.usage_hour',
      'public.usage_day',
      'public.usage_revision',
      'public.usage_failure',
    ],
  },
});
