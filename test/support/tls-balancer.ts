import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import type { Duplex } from 'node:stream';
import { SPEC_CERTIFICATE, SPEC_KEY } from '../../tools/carrier/spec-certificate.js';

/** Ends TLS, and takes each connection to one of several services on this machine. */
export class TlsBalancer {
  /** Which port each connection is taken to. */
  pick: () => number = () => {
    throw new Error('nothing is behind the balancer yet');
  };
  private readonly open = new Set<Duplex>();
  private readonly server = createServer({ cert: SPEC_CERTIFICATE, key: SPEC_KEY }, (socket) => {
    const upstream = connect(this.pick(), '127.0.0.1');
    for (const one of [socket, upstream]) {
      this.open.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        this.open.delete(one);
        socket.destroy();
        upstream.destroy();
      });
    }
    socket.pipe(upstream).pipe(socket);
  });

  static async start(): Promise<TlsBalancer> {
    const balancer = new TlsBalancer();
    balancer.server.listen(0, '127.0.0.1');
    await once(balancer.server, 'listening');
    return balancer;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.open) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}
