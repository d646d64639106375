import { connect, type NatsConnection as Client } from '@nats-io/transport-node';
import type { NatsServer } from '../config/nats-servers.js';
import { within } from '../shared/within.js';
import type { NudgeConnection } from './connected-bus.js';
import { greetingOf } from './nats-greeting.js';

const ANSWERS_WITHIN_MS = 5_000;

/** One connection to a NATS server, without the client's own attempts to make it again. */
export class NatsConnection implements NudgeConnection {
  readonly over: Promise<unknown>;

  private constructor(private readonly client: Client) {
    this.over = client.closed();
  }

  /**
   * @param subjects which of them are heard
   * @param heard is called with each message; its payload may be empty
   * @param closing gives the attempt up
   * @returns a connection that listens already
   */
  static async to(
    { host, port, isTls, login }: NatsServer,
    subjects: readonly string[],
    heard: (subject: string, payload: string) => void,
    closing: AbortSignal,
  ): Promise<NatsConnection> {
    await greetingOf({ host, port }, ANSWERS_WITHIN_MS, closing);
    const client = await connect({
      servers: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
      name: 'patchbay bus',
      timeout: ANSWERS_WITHIN_MS,
      reconnect: false,
      ignoreClusterUpdates: true,
      ...login,
      ...(isTls ? { tls: {} } : {}),
    });
    const connection = new NatsConnection(client);
    for (const subject of subjects) {
      // A subject that this user may not hear has an error here, and the round trip finds it.
      client.subscribe(subject, {
        callback: (error, message) => {
          if (error === null) heard(message.subject, message.string());
        },
      });
    }
    // Whoever is told that we are connected looks for what was sent before, so we listen by then.
    await within(ANSWERS_WITHIN_MS, Promise.race([client.flush(), connection.over]));
    return connection;
  }

  // Both only hand over to the client, whose loss of the connection loses them too.

  async nudge(subjects: readonly string[]): Promise<void> {
    for (const subject of subjects) this.client.publish(subject);
  }

  async send(subject: string, payload: string): Promise<void> {
    this.client.publish(subject, payload);
  }

  async ask(): Promise<void> {
    await this.client.flush();
  }

  destroy(): void {
    void this.client.close();
  }
}
