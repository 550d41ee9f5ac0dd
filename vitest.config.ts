import { defineConfig } from 'vitest/config';

// Workspaces resolve to their sources, so that a test never runs against a stale build.
const resolve = { conditions: ['source', 'node', 'development|production'] };
const ssr = { resolve };

export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        ssr,
        test: {
          name: 'unit',
          include: [
            '{firmware-contracts,edge,cloud}/src/**/*.spec.ts',
            'dashboard/web/src/**/*.spec.ts',
            'scripts/**/*.spec.ts',
          ],
        },
      },
      {
        resolve,
        ssr,
        test: {
          name: 'medium',
          include: ['cloud/test/medium/**/*.test.ts'],
          globalSetup: ['scripts/test/services.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
        },
      },
      {
        resolve,
        ssr,
        test: {
          name: 'e2e',
          include: ['{cloud,edge,dashboard/web,scripts}/test/e2e/**/*.test.ts'],
          globalSetup: ['scripts/test/services.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
