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
          name: 'edge',
          include: ['edge/test/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          // Lines are paced in real time: two files at once would be late for each other.
          fileParallelism: false,
        },
      },
      {
        resolve,
        ssr,
        test: {
          name: 'soak',
          include: [
            'edge/test/journal-{crash,damage,model}.test.ts',
            'edge/test/uplink-crash.test.ts',
            'cloud/test/soak/**/*.test.ts',
          ],
          globalSetup: ['scripts/test/services.ts'],
          testTimeout: 3_600_000,
          hookTimeout: 3_600_000,
          fileParallelism: false,
        },
      },
      {
        resolve,
        ssr,
        test: {
          name: 'e2e',
          include: ['{cloud,dashboard/web,scripts}/test/e2e/**/*.test.ts'],
          globalSetup: ['scripts/test/services.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
