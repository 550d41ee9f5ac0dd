import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../src/kernel/clock.ts';
import { FolderStore } from '../../src/platform/files/folder-store.ts';
import { FileLinks } from '../../src/platform/files/links.ts';

/** A process of its own that uploads into a folder, to be killed or to run out of space: FOLDER BYTES [PAUSE_MS] */
const [folder = '', bytes = '0', pauseMs = '0'] = process.argv.slice(2);
const links = new FileLinks({ key: new Uint8Array(32), clock: systemClock });
const store = new FolderStore({ folder, maxBytes: Number.MAX_SAFE_INTEGER, links });
await store.start();

async function* body(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('%PDF-1.7\n');
  for (let sent = 0; sent < Number(bytes); sent += 65_536) {
    yield Buffer.alloc(65_536, 'x');
    if (sent > 1_000_000) process.send?.('writing');
    if (Number(pauseMs) > 0) await pause(Number(pauseMs));
  }
}

try {
  await store.put('child/upload.pdf', body(), { contentType: 'application/pdf' });
  process.send?.({ stored: true });
} catch (error) {
  process.send?.({
    stored: false,
    code: (error as { code?: string }).code,
    retryable: (error as { retryable?: boolean }).retryable,
  });
}
process.disconnect?.();
