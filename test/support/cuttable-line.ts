import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A TCP line to a server that can go silent without breaking, as a network does. */
export interface CuttableLine {
  readonly port: number;
  /** From now on nothing gets through, in either direction, and neither side sees an error. */
  cut(): void;
  /** Restores the line; the data that waited gets through. */
  mend(): void;
  /** From now on it leads to the server on this port: what is connected breaks, as when an address moves. */
  lead(port: number): void;
  close(): Promise<void>;
}

/** @param port where it listens; by default anywhere */
export async function cuttableLine(toPort: number, port = 0): Promise<CuttableLine> {
  const sockets = new Set<Socket>();
  let isCut = false;
  let leadsTo = toPort;
  const watch = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  };
  const join = (from: Socket, to: Socket): void => {
    from.on('data', (chunk) => void to.write(chunk));
    from.on('end', () => void to.end());
    if (isCut) from.pause();
  };
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port: leadsTo, host: '127.0.0.1', allowHalfOpen: true });
    watch(near);
    watch(far);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
    join(near, far);
    join(far, near);
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the line has no port');
  return {
    port: address.port,
    cut: () => {
      isCut = true;
      for (const socket of sockets) socket.pause();
    },
    mend: () => {
      isCut = false;
      for (const socket of sockets) socket.resume();
    },
    lead: (next) => {
      leadsTo = next;
      for (const socket of sockets) socket.destroy();
    },
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
