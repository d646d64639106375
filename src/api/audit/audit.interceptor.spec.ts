import { describe, expect, it } from '@jest/globals';
import type { CallHandler, ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { lastValueFrom, of, throwError } from 'rxjs';
import { SilentLog } from '../../../test/support/ledger-builders.js';
import type { AuditLog } from '../../tenants/audit-log.js';
import { rememberCaller } from '../../tenants/caller.js';
import { nameSubject } from './audit-subject.js';
import { AuditInterceptor } from './audit.interceptor.js';

const caller = { userId: 456, keyId: 9 };

/** What a request with these properties is noted as, and what its client gets. */
async function noted(
  properties: Record<string, unknown>,
  {
    body,
    fails = false,
    notes = true,
    names,
  }: { body?: unknown; fails?: boolean; notes?: boolean; names?: Record<string, string> } = {},
) {
  const entries: unknown[][] = [];
  const errors: string[] = [];
  const audit = {
    note: (...entry: unknown[]) => {
      entries.push(entry);
      return notes ? Promise.resolve() : Promise.reject(new Error('the store is away'));
    },
  };
  const log = new (class extends SilentLog {
    override error(event = ''): void {
      errors.push(event);
    }
  })();
  const request = { params: {}, path: '/as-asked', ...properties } as unknown as Request;
  rememberCaller(request, caller);
  if (names) nameSubject(request, names);
  const context = {
    switchToHttp: () => ({
      getRequest: () => request,
      getResponse: () => ({ statusCode: 201 }),
    }),
  };
  const next: CallHandler = {
    handle: () => (fails ? throwError(() => new Error('refused')) : of(body)),
  };
  const interceptor = new AuditInterceptor(audit as unknown as AuditLog, log);
  const reply = await lastValueFrom(
    interceptor.intercept(context as unknown as ExecutionContext, next),
  ).catch((error: unknown) => error);
  await Promise.resolve();
  return { entries, errors, reply };
}

describe('the note of a change', () => {
  it('has who made it, by which route, and what came of it', async () => {
    const { entries } = await noted({ method: 'POST', route: { path: '/calls' } });
    expect(entries).toEqual([[caller, 'POST /calls', {}, 201]]);
  });

  it('names the path where no route is known', async () => {
    const { entries } = await noted({ method: 'DELETE' });
    expect(entries).toEqual([[caller, 'DELETE /as-asked', {}, 201]]);
  });

  it('has the ids of path and reply, and nothing that may be personal', async () => {
    const { entries } = await noted(
      {
        method: 'POST',
        route: { path: '/calls/:workflow_id' },
        params: { workflow_id: '3', to: 'x' },
      },
      {
        body: {
          workflow_run_id: 7,
          provider_call_id: 'CA1',
          to: '+12025550143',
          context: { name: 'Ada' },
          _id: 1,
          idle: true,
        },
      },
    );
    expect(entries.map(([, , subject]) => subject)).toEqual([
      { workflow_id: '3', workflow_run_id: 7 },
    ]);
  });

  it('has what the handler named beside the ids', async () => {
    const request = { method: 'PATCH', route: { path: '/things/:key' }, params: { key: 'x' } };
    const { entries } = await noted(request, {
      body: { key: 'pbk_secret' },
      names: { account: 'twilio-uk', changed: 'enabled' },
    });
    expect(entries.map(([, , subject]) => subject)).toEqual([
      { account: 'twilio-uk', changed: 'enabled' },
    ]);
  });

  it.each(['GET', 'HEAD', 'OPTIONS'])(
    'is not made of %s, which changes nothing',
    async (method) => {
      expect((await noted({ method })).entries).toEqual([]);
    },
  );

  it('is not made of what was refused', async () => {
    const { entries, reply } = await noted({ method: 'POST' }, { fails: true });
    expect(entries).toEqual([]);
    expect(reply).toEqual(new Error('refused'));
  });

  it('does not change the reply when it cannot be written', async () => {
    const { errors, reply } = await noted({ method: 'POST' }, { body: null, notes: false });
    expect(errors).toEqual(['audit.not_written']);
    expect(reply).toBeNull();
  });
});
