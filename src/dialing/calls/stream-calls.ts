import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import type { Request, Response } from 'express';
import { CallFeed } from '../../calls/call-feed.js';
import { callJson } from '../../calls/call-json.js';
import { CallList } from '../../calls/call-list.js';
import type { ShownRun } from '../../calls/call-run.js';
import { LiveSessions } from '../../calls/live-sessions.js';
import { Credentials } from '../../tenants/credentials.js';

/** Keeps proxies from closing an idle stream. */
const HEARTBEAT_MS = 15_000;
/** A key or session that is not valid any more ends its streams so soon. */
const LOOK_EVERY_MS = 5_000;
const PAGE = 200;
/** A reader so far behind is cut off; it resumes where it was. */
const UNREAD_BYTES_MAX = 1024 * 1024;
const WAITING_MAX = 10_000;

/** Tells every change of one user's calls as server-sent events, as long as the client listens. */
@Injectable()
export class StreamCalls implements BeforeApplicationShutdown {
  private readonly listeners = new Set<Response>();

  constructor(
    private readonly feed: CallFeed,
    private readonly calls: CallList,
    private readonly sessions: LiveSessions,
    private readonly credentials: Credentials,
  ) {}

  beforeApplicationShutdown(): void {
    for (const response of this.listeners) response.end();
  }

  /**
   * Resolves when what was missed has been told; changes follow until the client goes.
   * @param after the last event the client has seen; null: only what is new
   */
  async open(
    userId: number,
    after: number | null,
    request: Request,
    response: Response,
  ): Promise<void> {
    // Listening begins before the past is read, so that nothing falls in between.
    let waiting: ShownRun[] | null = [];
    let last = after ?? 0;
    const tell = (run: ShownRun): void => {
      if (run.position <= last) return;
      last = run.position;
      this.write(response, run);
    };
    const unsubscribe = this.feed.subscribe((run) => {
      if (run.userId !== userId) return;
      if (!waiting) tell(run);
      else if (waiting.length < WAITING_MAX) waiting.push(run);
      else response.end();
    });
    const heartbeat = setInterval(() => response.write(': still here\n\n'), HEARTBEAT_MS);
    const looking = setInterval(() => void this.look(request, response), LOOK_EVERY_MS);
    this.listeners.add(response);
    const stop = (): void => {
      clearInterval(heartbeat);
      clearInterval(looking);
      unsubscribe();
      this.listeners.delete(response);
    };
    response.on('close', stop);
    try {
      if (after !== null) {
        // Asked before the first byte: a store that is away is a 503, not an empty stream.
        let missed = await this.calls.changedSince(userId, last, PAGE);
        begin(response);
        while (missed.length > 0 && !response.closed) {
          for (const run of missed) tell(run);
          missed = await this.calls.changedSince(userId, last, PAGE);
        }
      } else {
        begin(response);
      }
    } catch (error) {
      stop();
      if (!response.headersSent) throw error;
      response.end();
      return;
    }
    const kept = waiting;
    waiting = null;
    for (const run of kept) tell(run);
  }

  private async look({ headers }: Request, response: Response): Promise<void> {
    // A store that is away says nothing about a key.
    const known = await this.credentials.identify(headers).then(
      (identified) => identified !== null,
      () => true,
    );
    if (!known) response.end();
  }

  private write(response: Response, run: ShownRun): void {
    if (response.writableLength > UNREAD_BYTES_MAX) {
      response.end();
      return;
    }
    const data = JSON.stringify(callJson(run, this.sessions.find(run.runId) !== null));
    response.write(`event: call\nid: ${run.position}\ndata: ${data}\n\n`);
  }
}

function begin(response: Response): void {
  response.writeHead(200, {
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store',
    // nginx would otherwise hold events back.
    'X-Accel-Buffering': 'no',
  });
  response.write('retry: 1000\n\n');
}
