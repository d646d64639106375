import { createServer } from 'node:net';

/**
 * Lies below the ports that systems give to outgoing connections (Linux from 32,768 on,
 * others from 49,152): any connection may take one of those before the caller listens on
 * it.
 */
const FIRST = 10_000;
const COUNT = 22_500;

/**
 * A port on loopback that nothing listens on at the moment. It is drawn at random,
 * so that two processes that look at the same time rarely find the same one.
 *
 * @throws where no port is found in 100 attempts
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (await isFree(port)) return port;
  }
  throw new Error('no free port on loopback in 100 tries');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
