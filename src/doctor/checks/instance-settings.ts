import type { Member } from '../../cluster/cluster.js';
import { fixesOf, skipped, up, warn, type Check, type Finding } from '../check.js';

type Compared = Pick<Member, 'name' | 'mediaHash' | 'keyHash'>;

/** Has every instance what must be the same everywhere: the keys, and the sounds? */
export const instanceSettings: Check = {
  name: 'instance-settings',
  title: 'What instances must have in common',
  group: 'Several instances',
  appliesTo: ({ database, cluster }) => !database.exclusive && cluster.members().length > 1,
  async look({ cluster, database, storeIsUp }) {
    if (!(await storeIsUp())) return skipped('Not looked at: `store` is down.');
    const cell = await database.read((db) =>
      db.selectFrom('cell').select('key_hash').executeTakeFirst(),
    );
    return judgeSettings(cluster.members(), (cell?.key_hash ?? null) !== null);
  },
};

/** @param encrypts whether they have a `CREDENTIALS_KEY`; none starts with another one than the rest */
export function judgeSettings(members: readonly Compared[], encrypts: boolean): Finding {
  const problems: Array<{ seen: string; fix: string }> = [];
  const keys = grouped(members, 'keyHash');
  if (keys.length > 1) {
    problems.push({
      seen: `API_KEY differs (${sides(keys)})`,
      fix: 'Give every instance the same API_KEY. While it is being replaced, the old one goes on until no instance has it, at most an hour.',
    });
  }
  const media = grouped(members, 'mediaHash');
  if (media.length > 1) {
    problems.push({
      seen: `what is in MEDIA_DIR differs (${sides(media)})`,
      fix: 'Put the same sounds into MEDIA_DIR of every instance: a call goes to any of them. Changes are noticed within a minute.',
    });
  }
  if (!encrypts) {
    problems.push({
      seen: 'no instance has a CREDENTIALS_KEY, so agents begin anew when a call moves',
      fix: 'Set CREDENTIALS_KEY, the same at every instance.',
    });
  }
  const detail = {
    api_keys: keys.length,
    media_dirs: media.length,
    media_not_told: members.filter(({ mediaHash }) => mediaHash === null).map(({ name }) => name),
    credentials_key: encrypts,
  };
  if (problems.length > 0) {
    const [first = '', ...rest] = problems.map(({ seen }) => seen);
    const seen = [first.charAt(0).toUpperCase() + first.slice(1), ...rest].join('; ');
    return warn(`${seen}.`, fixesOf(problems), detail);
  }
  return up('API_KEY, CREDENTIALS_KEY and what is in MEDIA_DIR are the same everywhere.', detail);
}

/** The names of the instances that have the same; those that do not tell are left out. */
function grouped(members: readonly Compared[], field: 'mediaHash' | 'keyHash'): string[][] {
  const groups = new Map<string, string[]>();
  for (const member of members) {
    const value = member[field];
    if (value !== null) groups.set(value, [...(groups.get(value) ?? []), member.name]);
  }
  return [...groups.values()];
}

function sides(groups: readonly string[][]): string {
  return groups.map((names) => names.join(', ')).join(' against ');
}
