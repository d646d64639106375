import { mkdir, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/shared/free-port.js';

/**
 * How long other tests avoid a port: a test's server may start to listen seconds
 * after its port was found.
 */
const CLAIM_MS = 60_000;
/** One for all runs on this machine; `tmpdir()` is each run's own. */
const CLAIMS_PARENT = process.env['TEST_CLAIMS_DIR'] ?? tmpdir();

/**
 * A free port on loopback that no test on this machine, in any process, was given
 * in the last minute.
 */
export async function claimedPort(): Promise<number> {
  const claims = join(CLAIMS_PARENT, `patchbay-ports-${process.getuid?.() ?? ''}`);
  await mkdir(claims, { recursive: true, mode: 0o700 });
  for (;;) {
    const port = await freePort();
    if (await claim(join(claims, String(port)))) return port;
  }
}

/**
 * Whether the file could be made, or replaced because its minute is over: only one
 * of several processes succeeds.
 */
async function claim(path: string): Promise<boolean> {
  const madeAt = await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => null,
  );
  if (madeAt !== null) {
    if (Date.now() - madeAt < CLAIM_MS) return false;
    await rm(path, { force: true });
  }
  const file = await open(path, 'wx').catch(() => null);
  await file?.close();
  return file !== null;
}
