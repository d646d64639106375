import { readReplication, type Replication } from '../../database/standbys.js';
import { skipped, up, warn, type Check, type Finding } from '../check.js';

/** Commits wait for no standby with these values of `synchronous_commit`. */
const NO_WAIT = new Set(['off', 'local']);

/** Does a commit wait for a standby, so that a failover loses nothing? */
export const standbyCheck: Check = {
  name: 'standby',
  title: 'The standby of the store',
  group: 'Set-up',
  // Most stores have none, and then there is nothing to say.
  appliesTo: async ({ database }) => {
    if (database.kind !== 'postgres') return false;
    const replication = await database.read(readReplication).catch(() => null);
    return (replication?.standbys.length ?? 0) > 0;
  },
  async look({ database, storeIsUp }) {
    if (!(await storeIsUp())) return skipped('Not looked at: `store` is down.');
    return judgeReplication(await database.read(readReplication));
  },
};

export function judgeReplication(replication: Replication): Finding {
  const { standbys, synchronousNames, synchronousCommit } = replication;
  const detail = {
    standbys: standbys.map(({ name, state, syncState }) => ({
      name,
      state,
      sync_state: syncState,
    })),
    synchronous_standby_names: synchronousNames,
    synchronous_commit: synchronousCommit,
  };
  const names = standbys.map(({ name }) => name).join(', ');
  if (synchronousNames === '') {
    return warn(
      `No commit waits for a standby (${names}): a failover loses the last ones, such as that a call was dialled.`,
      'Set synchronous_standby_names at the primary (and synchronous_commit to remote_apply or on), or live with calls that are dialled twice after a failover.',
      detail,
    );
  }
  if (NO_WAIT.has(synchronousCommit)) {
    return warn(
      `synchronous_commit is ${synchronousCommit}, so no commit waits for the standby (${names}).`,
      'Set synchronous_commit to on or remote_apply for the user of DATABASE_URL.',
      detail,
    );
  }
  if (standbys.some(({ syncState }) => syncState === 'sync' || syncState === 'quorum')) {
    return up(`Each commit waits for a standby (${names}).`, detail);
  }
  if (standbys.every(({ syncState }) => syncState === null)) {
    return skipped(
      `Whether a commit waits for the standby (${names}) cannot be seen by the user of DATABASE_URL.`,
      'Grant pg_monitor to that user.',
      detail,
    );
  }
  return warn(
    `None of the connected standbys (${names}) is one that synchronous_standby_names waits for: a commit waits for ever, or for one that is not named here.`,
    'Compare synchronous_standby_names with the application_name of each standby.',
    detail,
  );
}
