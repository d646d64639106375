import type { NatsServer } from '../config/nats-servers.js';
import type { Log } from '../shared/logger.js';
import { ConnectedBus } from './connected-bus.js';
import { NatsConnection } from './nats-connection.js';

const CHANNELS = { feed: 'pb.feed', of: (instanceId: string) => `pb.i.${instanceId}` };

/** Nudges by core NATS, which keeps nothing. The servers are tried in turn, each time from the first on. */
export class NatsBus extends ConnectedBus<NatsConnection> {
  override readonly deafness = {
    reason: 'no nudge that is sent to NATS comes back',
    fix: 'see that a server of NATS_URL runs, and that its user may publish and subscribe to pb.>',
  };

  constructor(
    private readonly servers: readonly NatsServer[],
    instanceId: string,
    log: Log,
  ) {
    super(instanceId, CHANNELS, 'NATS', log);
  }

  protected async connect(closing: AbortSignal): Promise<NatsConnection> {
    const heard = (subject: string, payload: string): void => this.hear(subject, payload);
    const subjects = [this.ours, this.channels.feed];
    let failed: unknown;
    for (const server of this.servers) {
      try {
        return await NatsConnection.to(server, subjects, heard, closing);
      } catch (error) {
        failed = error;
      }
      if (closing.aborted) break;
    }
    throw failed;
  }

  protected async echo(payload: string): Promise<void> {
    await this.connection.current?.send(this.ours, payload);
  }
}
