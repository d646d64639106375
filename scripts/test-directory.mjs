// Where the tests of one run keep their files: in memory where the system has enough of it, because
// a disk's file system takes several times the processor time for the thousands of databases that
// the tests create and delete.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';

const MEMORY = '/dev/shm';
/** Several times what a run needs at its height. */
const NEEDED_BYTES = 4 * 2 ** 30;

/**
 * Makes an empty directory, which the caller deletes.
 * @param onDisk even where there is memory enough: for measurements
 */
export function testDirectory({ onDisk }) {
  const parent = !onDisk && hasRoom() ? MEMORY : tmpdir();
  forgetEnded(parent);
  const directory = mkdtempSync(join(parent, `patchbay-tests-${process.pid}-`));
  // A server may run as another user.
  chmodSync(directory, 0o755);
  if (parent !== MEMORY || mayRunPrograms(directory)) return directory;
  rmSync(directory, { recursive: true });
  return testDirectory({ onDisk: true });
}

function hasRoom() {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return Math.min(bavail * bsize, freemem()) >= NEEDED_BYTES;
  } catch {
    // No such directory on this system.
    return false;
  }
}

/** Containers often forbid it there. */
function mayRunPrograms(directory) {
  const program = join(directory, 'program');
  try {
    writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 });
    execFileSync(program);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(program, { force: true });
  }
}

/** Deletes what runs have left that were killed. */
function forgetEnded(parent) {
  for (const name of readdirSync(parent)) {
    const [, pid] = /^patchbay-tests-(\d+)-/.exec(name) ?? [];
    if (pid && !isRunning(Number(pid)))
      rmSync(join(parent, name), { recursive: true, force: true });
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
