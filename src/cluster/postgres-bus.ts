import { sql } from 'kysely';
import type { Database } from '../database/database.js';
import { PostgresListener } from '../database/postgres-listener.js';
import type { Log } from '../shared/logger.js';
import type { Presence } from './presence.js';
import { ConnectedBus, type NudgeConnection } from './connected-bus.js';

const CHANNELS = { feed: 'pb_feed', of: (instanceId: string) => `pb_${instanceId}` };

/**
 * Nudges by `NOTIFY`, over one connection of its own that also listens. They are sent as
 * statements of their own after the commit that they are about: inside a transaction, `NOTIFY`
 * makes all commits of the server wait for each other.
 */
export class PostgresBus extends ConnectedBus {
  /** A pooler that shares connections accepts `LISTEN` and passes nothing on, without an error. */
  override readonly deafness = {
    reason: 'PostgreSQL accepts LISTEN but no notification arrives',
    fix: 'set DATABASE_DIRECT_URL to the address of PostgreSQL itself, past the pooler',
  };

  /** @param url must lead past poolers that share connections between transactions */
  constructor(
    private readonly url: string,
    instanceId: string,
    private readonly database: Database,
    private readonly presence: Pick<Presence, 'hearsOver'>,
    log: Log,
  ) {
    super(instanceId, CHANNELS, 'PostgreSQL', log);
  }

  protected async connect(closing: AbortSignal): Promise<NudgeConnection> {
    const listener = new PostgresListener(this.url);
    const destroy = (): void => listener.destroy();
    closing.addEventListener('abort', destroy);
    try {
      const channels = [this.ours, this.channels.feed];
      const session = await listener.listen(channels, (channel, payload) => {
        this.hear(channel, payload);
      });
      this.presence.hearsOver(session);
      return listener;
    } catch (error) {
      destroy();
      throw error;
    } finally {
      closing.removeEventListener('abort', destroy);
    }
  }

  /** Sent by the pool, so that it arrives only if the connection that listens is a session of ours. */
  protected async echo(payload: string): Promise<void> {
    await this.database.read((db) => sql`select pg_notify(${this.ours}, ${payload})`.execute(db));
  }
}
