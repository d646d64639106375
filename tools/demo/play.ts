import { spawn } from 'node:child_process';
import type { Narrator } from './narrator.js';

/** Programs that play a WAV and end by themselves, best first. */
const PLAYERS: ReadonlyArray<readonly [program: string, ...options: string[]]> = [
  ['paplay'],
  ['aplay', '-q'],
  ['afplay'],
  ['ffplay', '-nodisp', '-autoexit', '-loglevel', 'quiet'],
  ['play', '-q'],
];
/** A machine without a loudspeaker may keep a player waiting. */
const LONGEST_MS = 15_000;

/**
 * Plays a WAV with the first player that this machine has. Never rejects.
 * @param players for tests; default {@link PLAYERS}
 * @returns whether one has played it to its end
 */
export async function play(file: string, players = PLAYERS): Promise<boolean> {
  for (const [program, ...options] of players) {
    if (await ends(program, [...options, file])) return true;
  }
  return false;
}

/** Plays it for a person at a terminal; a script, and CI, do not hear it. */
export async function playForPerson(file: string, say: Narrator): Promise<void> {
  if (!process.stdout.isTTY || process.env['CI']) return;
  if (await play(file)) say.plain('It was just played.');
}

function ends(program: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    // The option `timeout` would leave its timer behind where there is no such program.
    const signal = AbortSignal.timeout(LONGEST_MS);
    const player = spawn(program, args, { stdio: 'ignore', signal });
    player.once('error', () => resolve(false));
    player.once('exit', (code) => resolve(code === 0));
  });
}
