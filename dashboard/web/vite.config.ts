import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Where the hub listens while the dashboard is being developed. */
const hub = process.env.METERLINE_HUB ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: {
    // Nothing inline: the hub's content security policy lets the page load its own files and nothing else.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  server: { host: '127.0.0.1', proxy: { '/api': hub, '/readyz': hub } },
  preview: { host: '127.0.0.1' },
});
