import { readdir, readFile, readlink } from 'node:fs/promises';

const LISTENS = '0A';

/**
 * Who listens on a TCP port of this machine, such as `node (process 123)`. Null where that cannot be
 * told: on other systems than Linux, and for processes of other users.
 */
export async function holderOf(port: number): Promise<string | null> {
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => textOf(`/proc/net/${name}`)));
  const inodes = new Set(tables.flatMap((table) => listenersIn(table, port)));
  if (inodes.size === 0) return null;
  for (const pid of (await namesIn('/proc')).filter((name) => /^\d+$/.test(name))) {
    for (const descriptor of await namesIn(`/proc/${pid}/fd`)) {
      const link = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
      const [, inode] = /^socket:\[(\d+)\]$/.exec(link) ?? [];
      if (inode === undefined || !inodes.has(inode)) continue;
      const [program = ''] = (await textOf(`/proc/${pid}/cmdline`)).split('\0');
      return `${program.split('/').at(-1) || 'a program'} (process ${pid})`;
    }
  }
  return null;
}

/** The sockets that listen on a port, in a table of `/proc/net`. */
export function listenersIn(table: string, port: number): string[] {
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = '', , state]) => {
      return state === LISTENS && Number.parseInt(local.split(':')[1] ?? '', 16) === port;
    })
    .flatMap((columns) => columns[9] ?? []);
}

async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

async function namesIn(path: string): Promise<string[]> {
  return readdir(path).catch(() => []);
}
