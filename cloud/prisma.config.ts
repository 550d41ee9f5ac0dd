import { defineConfig } from 'prisma/config';

// Time series have layers of their own (migrations/plain, migrations/timescale) and are read by SQL, never by Prisma.
// Migrations are not Prisma's: `meterline migrate` applies cloud/migrations.
export default defineConfig({
  schema: 'prisma/schema.prisma',
});
