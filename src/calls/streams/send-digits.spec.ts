import { beforeEach, describe, expect, it } from '@jest/globals';
import { queuedRun } from '../../../test/support/call-builders.js';
import { FakeCluster, FakeCommands } from '../../../test/support/fake-cluster.js';
import { Instance } from '../../cluster/instance.js';
import type { CallRun } from '../ledger/call-run.js';
import { LiveSessions, type LiveSession } from './live-sessions.js';
import { SendDigits } from './send-digits.js';
import { StreamOwners } from './stream-owners.js';

/** One of two instances, with the digits that its streams were given. */
interface Side {
  instance: Instance;
  sessions: LiveSessions;
  commands: FakeCommands;
  digits: SendDigits;
  pressed: string[];
}

describe('digits for a call', () => {
  const cluster = new FakeCluster();
  let here: Side;
  let there: Side;

  const side = (name: string, beside?: FakeCommands): Side => {
    const instance = new Instance(name);
    cluster.living.add(instance.id);
    const sessions = new LiveSessions();
    const commands = new FakeCommands(instance.id, beside);
    const owners = new StreamOwners(sessions, cluster, commands, instance);
    const digits = new SendDigits(commands, sessions, owners);
    digits.onModuleInit();
    return { instance, sessions, commands, digits, pressed: [] };
  };
  /** A call with a live stream at one of them. */
  const streaming = ({ instance, sessions, pressed }: Side, isAnswered = true): CallRun => {
    const session: Partial<LiveSession> = {
      runId: 5,
      generation: 2,
      sendDigits: (digits) => isAnswered && pressed.push(digits) > 0,
    };
    sessions.add(session as LiveSession);
    return queuedRun({
      runId: 5,
      status: 'answered',
      streamGeneration: 2,
      streamState: 'live',
      streamInstance: instance.id,
    });
  };

  beforeEach(() => {
    there = side('there');
    here = side('here', there.commands);
  });

  it.each<[string, () => Side]>([
    ['this instance', () => here],
    ['another instance', () => there],
  ])('are given to its stream at %s', async (_, owner) => {
    const run = streaming(owner());
    expect(await here.digits.send(run, '12#')).toBe('taken');
    expect(owner().pressed).toEqual(['12#']);
  });

  it.each<[string, () => Side]>([
    ['this instance', () => here],
    ['another instance', () => there],
  ])('are not taken where the stream at %s has no agent yet', async (_, owner) => {
    const run = streaming(owner(), false);
    expect(await here.digits.send(run, '1')).toBe('no-stream');
  });

  it('are not taken where the stream that was meant is not there any more', async () => {
    const run = { ...streaming(there), streamGeneration: 1 };
    expect(await here.digits.send(run, '1')).toBe('no-stream');
    expect(there.pressed).toEqual([]);
  });

  it('are pressed once, though the command is told twice', async () => {
    const run = streaming(there);
    await here.digits.send(run, '1');
    const [command] = here.commands.asked;
    if (!command) throw new Error('no command was sent');
    expect(await here.commands.ask(there.instance.id, command)).toEqual({ taken: true });
    expect(there.pressed).toEqual(['1']);
  });

  it('say so where the owner does not answer', async () => {
    const run = streaming(there);
    const { digits } = side('a third');
    expect(await digits.send(run, '1')).toBe('unanswered');
  });
});
