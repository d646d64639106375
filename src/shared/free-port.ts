import { mkdir, open, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Below the ports that systems give to outgoing connections (Linux from 32,768
 * on, others from 49,152): any connection may take one of those before it is listened on.
 */
const FIRST = 10_000;
const COUNT = 22_500;
/** A port is often listened on only seconds after it was found: the others stay away from it meanwhile. */
const CLAIM_MS = 60_000;

/**
 * A port on loopback that nobody listens on at this moment, and that no process
 * of this user was given here in the last minute.
 *
 * @throws where none is found in 100 tries
 */
export async function freePort(): Promise<number> {
  const claims = join(tmpdir(), `patchbay-ports-${process.getuid?.() ?? ''}`);
  await mkdir(claims, { recursive: true, mode: 0o700 });
  for (let tries = 0; tries < 100; tries += 1) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if ((await claim(join(claims, String(port)))) && (await isFree(port))) return port;
  }
  throw new Error('no free port on loopback in 100 tries');
}

/** Whether the file could be made, or replaced because its minute is over: of several processes one makes it. */
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

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
