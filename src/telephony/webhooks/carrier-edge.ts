import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { Instance, INSTANCE_HEADER } from '../../cluster/instance.js';
import { countFields } from '../../providers/form-fields.js';
import { Problem } from '../../shared/problem.js';
import { readBody } from '../../shared/read-body.js';
import { replyBeforeBody } from '../../shared/unread-bodies.js';
import { CarrierRefusal } from './carrier-refusal.js';
import { AccountPaths } from './account-paths.js';
import { carrierPath, isDecodable, type CarrierPath } from './carrier-routes.js';
import { parseId } from './params.js';
import { SignatureCheck } from './signature-check.js';
import { TurnAway } from './turn-away.js';

/** Twilio's longest webhooks are a few kilobytes. */
export const CARRIER_BODY_BYTES_MAX = 64 * 1024;
/** A smaller request costs well under a millisecond. */
const LARGE_BYTES = 8 * 1024;
/** The limit of a form and of a query, each. Twilio's have fewer than a hundred fields. */
export const CARRIER_FIELDS_MAX = 1_000;
/** A carrier receives its reply within 3 s, whatever hangs. */
const REPLY_WITHIN_MS = 2_800;

const NO_SUCH_PATH: CarrierPath = {
  surface: 'api',
  account: undefined,
  purpose: null,
  runId: null,
};

/**
 * Stands before the routes and handles every request from a carrier: everything below the carriers'
 * paths, and every request elsewhere that has a carrier's mark.
 *
 * The size is checked before anything is parsed, and a signature covers raw bytes, so no body is
 * parsed here. A request that no route takes is refused like every other mistake of a carrier: in
 * plain text, and recorded if it was really signed.
 */
@Injectable()
export class CarrierEdge {
  private turn: Promise<void> = Promise.resolve();

  constructor(
    private readonly signatures: SignatureCheck,
    private readonly paths: AccountPaths,
    private readonly turnAway: TurnAway,
    private readonly instance: Instance,
  ) {}

  /** A middleware of Express. */
  readonly receive = (request: Request, response: Response, next: NextFunction): void => {
    if (!this.isCarriers(request)) return next();
    replyInTime(request, response);
    void this.judge(request, response, next);
  };

  private async judge(request: Request, response: Response, next: NextFunction): Promise<void> {
    const refusal = await readForm(request, carrierPath(request.path) ?? NO_SUCH_PATH);
    // Too late: the carrier has received a 503.
    if (response.headersSent) return;
    if (!refusal) return this.handOn(request, response, next);
    replyBeforeBody(request, response);
    this.turnAway.reply(refusal, response);
  }

  private async handOn(request: Request, response: Response, next: NextFunction): Promise<void> {
    if (isLarge(request)) await this.ownTurn();
    if (response.headersSent) return;
    const path = carrierPath(request.path);
    // If the path does not belong to carriers, one of the other routes may take it.
    if (path === null || this.isTaken(path, request)) next();
    else await this.refuseUnrouted(request, response);
  }

  private isTaken(path: CarrierPath, request: Request): boolean {
    return this.paths.methodsOf(path).includes(request.method) && isDecodable(request.path);
  }

  /**
   * Checks only one large request in each turn of the event loop, so that ten at once do not
   * interrupt the calls.
   */
  private async ownTurn(): Promise<void> {
    this.turn = this.turn.then(() => setImmediate());
    await this.turn;
  }

  /**
   * Whether a request is treated as a carrier's. A request with one of our own keys comes from our
   * users, with or without a mark.
   */
  isCarriers(request: Request): boolean {
    if (carrierPath(request.path)) return true;
    const { authorization = '', cookie } = request.headers;
    if (/^bearer /i.test(authorization) || cookie !== undefined) return false;
    return this.signatures.isMarked(request);
  }

  /**
   * Answers a carrier's request that no route takes: its signature is checked first, as everywhere.
   */
  async refuseUnrouted(request: Request, response: Response): Promise<void> {
    const path = carrierPath(request.path) ?? NO_SUCH_PATH;
    try {
      await this.signatures.verify(request, path.surface);
      response.setHeader(INSTANCE_HEADER, this.instance.name);
      throw unrouted(path, this.paths.methodsOf(path), request.method);
    } catch (error) {
      this.turnAway.reply(error, response);
    }
  }
}

/**
 * Reads the body as received into `request.body`. Returns what is wrong with the body or with the
 * number of fields.
 */
async function readForm(
  request: Request,
  { surface, runId }: CarrierPath,
): Promise<CarrierRefusal | null> {
  const run = parseId(runId ?? '');
  const tooLarge = (): CarrierRefusal => new CarrierRefusal(413, surface, 'too-large', run);
  try {
    const body = await readBody(request, CARRIER_BODY_BYTES_MAX);
    request.body = body;
    const [, query = ''] = /\?(.*)$/s.exec(request.originalUrl) ?? [];
    const fields = Math.max(countFields(query), countFields(body));
    return fields > CARRIER_FIELDS_MAX ? tooLarge() : null;
  } catch (error) {
    const isTooLarge = error instanceof Problem && error.code === 'payload_too_large';
    return isTooLarge ? tooLarge() : new CarrierRefusal(400, surface, 'unreadable-body', run);
  }
}

function isLarge(request: Request): boolean {
  const body: unknown = request.body;
  const bytes = Buffer.isBuffer(body) ? body.length : 0;
  return bytes + request.originalUrl.length > LARGE_BYTES;
}

function unrouted(
  { surface, runId }: CarrierPath,
  methods: readonly string[],
  method: string,
): CarrierRefusal {
  const run = parseId(runId ?? '');
  if (surface === 'media-stream') return new CarrierRefusal(404, surface, 'upgrade-missing', run);
  if (methods.length === 0) return new CarrierRefusal(404, surface, 'no-route', run);
  if (methods.includes(method)) return new CarrierRefusal(400, surface, 'malformed-run-id', run);
  const refusal = new CarrierRefusal(405, surface, 'wrong-method', run, { method });
  refusal.allow = methods;
  return refusal;
}

function replyInTime(request: Request, response: Response): void {
  const timer = setTimeout(() => {
    if (response.headersSent) return;
    replyBeforeBody(request, response);
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('Retry-After', '1');
    response.status(503).type('text/plain').send('unavailable');
  }, REPLY_WITHIN_MS);
  response.on('close', () => clearTimeout(timer));
}
