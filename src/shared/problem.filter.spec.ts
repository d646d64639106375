import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BadRequestException, type ArgumentsHost, NotFoundException } from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import express, { type Response as ExpressResponse } from 'express';
import { Log } from './logger.js';
import { ProblemFilter } from './problem.filter.js';
import { Problem, PROBLEMS, invalidField, notFound } from './problem.js';

class KeptLog extends Log {
  readonly lines: [event: string, fields: unknown][] = [];
  private readonly keep = (event: string, fields?: Record<string, unknown>): void => {
    this.lines.push([event, fields]);
  };
  debug = this.keep;
  info = this.keep;
  warn = this.keep;
  error = this.keep;
}

let log = new KeptLog();
afterEach(() => {
  log = new KeptLog();
});

/** The reply that a client of our API gets for an error. */
async function replyTo(error: unknown, begin: (response: ExpressResponse) => void = () => {}) {
  const app = express().use((_request, response) => {
    begin(response);
    const host = { switchToHttp: () => ({ getResponse: () => response }) };
    new ProblemFilter(log).catch(error, host as unknown as ArgumentsHost);
  });
  const server = createServer(app).listen(0);
  try {
    const reply = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    return { status: reply.status, headers: reply.headers, text: await reply.text() };
  } finally {
    server.close();
  }
}

const problemOf = (reply: { text: string }) => JSON.parse(reply.text) as Record<string, unknown>;

describe('an error of our API', () => {
  it.each(Object.entries(PROBLEMS))('%s is a problem with status %i', async (code, status) => {
    const reply = await replyTo(new Problem(code as keyof typeof PROBLEMS, 'What to do.'));
    expect(reply.status).toBe(status);
    expect(reply.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(reply.headers.get('cache-control')).toBe('no-store');
    expect(reply.headers.get('www-authenticate')).toBe(status === 401 ? 'Bearer' : null);
    expect(problemOf(reply)).toEqual({
      type: 'about:blank',
      title: code.replaceAll('_', ' '),
      status,
      code,
      detail: 'What to do.',
    });
  });

  it('gives the time to retry in a header, and other members in the body', async () => {
    const reply = await replyTo(
      new Problem('rate_limited', 'Wait.', { retryAfterSeconds: 7, workflow_run_id: 5 }),
    );
    expect(reply.headers.get('retry-after')).toBe('7');
    expect(problemOf(reply)).toMatchObject({ workflow_run_id: 5 });
    expect(problemOf(reply)).not.toHaveProperty('retryAfterSeconds');
  });

  it('names a bad field, or what was not found', async () => {
    expect(problemOf(await replyTo(invalidField('to', 'must be a number')))).toMatchObject({
      code: 'invalid_request',
      errors: [{ field: 'to', message: 'must be a number' }],
    });
    expect(problemOf(await replyTo(notFound('call'))).detail).toBe('There is no such call.');
  });

  it.each<[string, unknown, number, string]>([
    [
      'a page that there is not',
      new NotFoundException('Cannot GET /x'),
      404,
      'There is no such page.',
    ],
    ['an exception of Nest’s', new BadRequestException('id: no number'), 400, 'id: no number'],
    [
      'a body too large',
      Object.assign(new Error('x'), { status: 413, type: 'entity.too.large' }),
      413,
      'The body is larger than 256 KiB.',
    ],
    [
      'a body that is no JSON',
      Object.assign(new SyntaxError('Unexpected token +14155552671'), { status: 400 }),
      400,
      'The body is not valid JSON.',
    ],
  ])('comes of %s too', async (_, error, status, detail) => {
    const reply = await replyTo(error);
    expect(reply.status).toBe(status);
    expect(problemOf(reply).detail).toBe(detail);
    expect(log.lines).toEqual([]);
  });

  it('advises a retry when the store is unavailable', async () => {
    const error = Object.assign(new Error('connection lost'), { code: 'store_unavailable' });
    const reply = await replyTo(error);
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([503, '1']);
    expect(log.lines).toEqual([['store.unavailable', { error }]]);
  });

  it.each<[string, unknown]>([
    ['an unforeseen error', new Error('password=hunter2 at /srv/app.js:1')],
    ['one with a status that we have no word for', Object.assign(new Error('x'), { status: 418 })],
    ['what is no error', 'hunter2'],
    ['nothing', undefined],
  ])('tells nothing of %s, which is in the log', async (_, error) => {
    const reply = await replyTo(error);
    expect(reply.status).toBe(500);
    expect(problemOf(reply)).toMatchObject({ code: 'internal_error' });
    expect(reply.text).not.toContain('hunter2');
    expect(log.lines).toEqual([['request.failed', { error }]]);
  });

  it('only ends a reply that has already begun', async () => {
    const reply = await replyTo(new Error('late'), (response) => response.write('so far'));
    expect([reply.status, reply.text]).toEqual([200, 'so far']);
  });
});
