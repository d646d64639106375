import { createServer } from 'node:net';

/**
 * Below the ports that systems give to outgoing connections (Linux from 32,768
 * on, others from 49,152): any connection may take one of those before it is listened on.
 */
const FIRST = 10_000;
/** Each process looks in a part of its own, so that two do not find the same port at the same moment. */
const PARTS = 45;
const PART_SIZE = 500;

const start = FIRST + (process.pid % PARTS) * PART_SIZE;
let next = 0;

/** A port on loopback that nobody listens on at this moment, and that this process was not given lately. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < PART_SIZE; tries += 1) {
    const port = start + next;
    next = (next + 1) % PART_SIZE;
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port between ${start} and ${start + PART_SIZE - 1}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
