import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const CRASHES = 'test/e2e/cluster-crashes.spec.ts';
const RESTARTS = 'test/e2e/cluster-restarts.spec.ts';
const AWAY = 'test/e2e/cluster-store-away.spec.ts';
const INSTANCE = 'test/e2e/failures-of-an-instance.spec.ts';
const STORE = 'test/e2e/failures-of-the-store.spec.ts';
const MOVES = 'test/contract/moves.spec.ts';
const DIALS = 'test/contract/shared-dials.spec.ts';

const CRASH = 'nothing acknowledged is lost, nobody is called twice, and every call goes on';
const FAILOVER =
  'fails over to a synchronous standby: nothing acknowledged is lost, calls and the feed go on';
const CUT_OFF =
  'from which one is cut off: it refuses, its calls go on at the other, and come back to nobody twice';
const UNHEARD =
  'of which none is listened to any more: calls are dialled, ended and told of all the same';
const DRAINING =
  'draining, it refuses calls of users, and serves the carrier; what it began it ends';
const SKEW =
  'whose clocks are wrong by five seconds, one each way: no token, lease, pace or retry minds';

/** What fails. */
type Fault =
  | 'an instance crashes'
  | 'an instance drains'
  | 'PostgreSQL is away for 20 s'
  | 'PostgreSQL fails over'
  | 'the nudges are lost'
  | 'an instance is cut off from the store'
  | 'an instance is cut off from the carrier'
  | 'a request comes to a draining instance'
  | 'two streams claim one call'
  | 'clocks are wrong by 5 s';

/** What is done for a call meanwhile. */
type State = 'dialling' | 'ringing' | 'streaming' | 'ending' | 'deliveries';

/** Which tests show it, by file and a part of the title. */
type Shown = ReadonlyArray<readonly [file: string, title: string]>;

/** What each failure does to a call in each state; nothing stands where a failure does not touch it. */
const MATRIX: Record<Fault, Partial<Record<State, Shown>>> = {
  'an instance crashes': {
    dialling: [
      [DIALS, 'a run that a killed instance had claimed is dialled by nobody else, the others are'],
      [
        'src/control/lost-dials.spec.ts',
        'is reported as unknown, once, after a crash in the middle of the dial',
      ],
      [CRASHES, CRASH],
    ],
    ringing: [
      [INSTANCE, 'killed, while a call rings: what the carrier tells and asks goes to the other'],
    ],
    streaming: [
      [CRASHES, CRASH],
      [MOVES, 'goes on at the other when its own is killed, whether the carrier asks or not'],
      [MOVES, 'is taken over from an instance that is frozen, which lets go of it when it thaws'],
    ],
    ending: [[INSTANCE, 'killed, while it asks for the end of a call: the other asks again']],
    deliveries: [
      [INSTANCE, 'killed, while it delivers events: the other sends them, as the same messages'],
    ],
  },
  'an instance drains': {
    dialling: [
      [DIALS, 'instances, which are restarted: each once, and at the pace'],
      [
        'src/control/dialler.spec.ts',
        'dials nothing while it drains, and another instance does so',
      ],
    ],
    ringing: [[INSTANCE, DRAINING]],
    streaming: [
      [RESTARTS, 'all go on, none is hung up by us, and callers hear short pauses at most'],
      [
        MOVES,
        'goes on at the other when its own is stopped, whether the carrier asks at once, later or never',
      ],
    ],
    ending: [[INSTANCE, DRAINING]],
    deliveries: [
      [INSTANCE, DRAINING],
      [
        'test/contract/store-claims.contract.ts',
        'deliveries are claimed by one, until they are concluded or given back',
      ],
    ],
  },
  'PostgreSQL is away for 20 s': {
    dialling: [
      [
        'test/e2e/outage-under-load.spec.ts',
        'answers 503 and nothing wrong, and recovers by itself',
      ],
    ],
    ringing: [
      [
        'test/e2e/postgres-outage.spec.ts',
        'every webhook has its 503 within 3 s and asks to be repeated, and all is well afterwards',
      ],
      [
        'test/e2e/postgres-outage.spec.ts',
        'gone for less than a carrier’s patience: its own repetitions save the call',
      ],
    ],
    streaming: [
      [AWAY, 'audio goes on, requests get 503, and all is settled afterwards'],
      [CRASHES, 'PostgreSQL is away meanwhile, and nobody’s call is taken over'],
    ],
    ending: [
      [AWAY, 'audio goes on, requests get 503, and all is settled afterwards'],
      [STORE, 'while an agent ends its call: it is ended, and told of, afterwards'],
    ],
    deliveries: [[STORE, 'while an agent ends its call: it is ended, and told of, afterwards']],
  },
  'PostgreSQL fails over': {
    dialling: [[AWAY, FAILOVER]],
    ringing: [[AWAY, FAILOVER]],
    streaming: [[AWAY, FAILOVER]],
    ending: [[AWAY, FAILOVER]],
    deliveries: [[AWAY, FAILOVER]],
  },
  'the nudges are lost': {
    dialling: [[STORE, UNHEARD]],
    streaming: [
      [
        'test/contract/cluster.spec.ts',
        'what is sent while no connection listens is carried out all the same',
      ],
      [
        'test/contract/feed.spec.ts',
        'what is committed while the connection that listens is down is told all the same',
      ],
    ],
    deliveries: [[STORE, UNHEARD]],
  },
  'an instance is cut off from the store': {
    dialling: [
      [STORE, CUT_OFF],
      [
        'test/contract/cluster.spec.ts',
        'one that could not renew for 4 s claims nothing until it has renewed',
      ],
    ],
    streaming: [
      [STORE, CUT_OFF],
      [
        'src/telephony/media/own-streams.spec.ts',
        'streams that others took over are closed, lost ones kept, and the rest left alone',
      ],
    ],
    ending: [[STORE, CUT_OFF]],
    deliveries: [[STORE, CUT_OFF]],
  },
  'an instance is cut off from the carrier': {
    streaming: [
      [
        'src/telephony/media/media-session.spec.ts',
        'is lost after thirty seconds without any frame',
      ],
      [
        MOVES,
        'is taken by a second stream where the first is silent, and the first is closed with 4409',
      ],
    ],
  },
  'a request comes to a draining instance': {
    dialling: [[INSTANCE, DRAINING]],
    ringing: [[INSTANCE, DRAINING]],
    streaming: [
      [INSTANCE, DRAINING],
      ['test/e2e/media-upgrade.spec.ts', 'is answered 503 by an instance that is about to end'],
    ],
    ending: [[INSTANCE, DRAINING]],
  },
  'two streams claim one call': {
    streaming: [
      [
        MOVES,
        'keeps its stream: a second one that begins at the other while it carries audio gets 4409',
      ],
      [
        MOVES,
        'is taken by a second stream where the first is silent, and the first is closed with 4409',
      ],
      [RESTARTS, 'all go on, none is hung up by us, and callers hear short pauses at most'],
    ],
    ending: [
      [
        'src/telephony/webhooks/decide-answer.property.spec.ts',
        'the writes of an older stream change neither the row nor the time of the next look-up',
      ],
      [
        'src/calls/streams/stream-history.spec.ts',
        'are not changed by the late end of an older one',
      ],
    ],
  },
  'clocks are wrong by 5 s': {
    dialling: [[STORE, SKEW]],
    streaming: [[STORE, SKEW]],
    ending: [[STORE, SKEW]],
    deliveries: [[STORE, SKEW]],
  },
};

describe.each(Object.entries(MATRIX))('%s', (_, states) => {
  test.each(Object.entries(states))(
    '%s: the tests that show what happens are there',
    (__, shown) => {
      const missing = shown.filter(
        ([file, title]) => !readFileSync(join(resolve(), file), 'utf8').includes(title),
      );
      expect([missing, shown.length > 0]).toEqual([[], true]);
    },
  );
});
