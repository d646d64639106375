import { Instance } from '../../cluster/instance.js';
import { expect, it } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import type { Request, Response } from 'express';
import { listeningLog } from '../../../test/support/listening-log.js';
import type { SignatureCheck } from './signature-check.js';
import { SignatureGuard } from './signature.guard.js';
import type { TakeWebhook } from './take-webhook.js';
import { TelephonyController } from './telephony.controller.js';

it('what takes longer than a carrier waits is no failure: it was told to repeat it', async () => {
  const { log, lines } = listeningLog();
  const replied: unknown[] = [];
  const response = {
    headersSent: false,
    status: (status: number) => {
      replied.push(status);
      return response;
    },
    setHeader: () => response,
    end: () => response,
  };
  const taking = {
    take: () => {
      // Meanwhile the carrier was answered 503.
      response.headersSent = replied.length > 0;
      return Promise.resolve({ status: 204, contentType: null, body: '' });
    },
  } as unknown as TakeWebhook;
  const path = '/api/v1/telephony/status-callback/7';
  const request = {
    method: 'POST',
    path,
    query: {},
    params: { workflow_run_id: '7' },
  } as unknown as Request;
  const guard = new SignatureGuard(
    { verify: () => ({}) } as unknown as SignatureCheck,
    new Instance(),
  );
  await guard.canActivate({
    switchToHttp: () => ({ getRequest: () => request, getResponse: () => response }),
  } as unknown as ExecutionContext);
  const controller = new TelephonyController(taking, log);
  await controller.byPost(request, response as unknown as Response);
  expect([replied, lines]).toEqual([[204], []]);
  await controller.byPost(request, response as unknown as Response);
  expect(replied).toEqual([204]);
  expect(lines).toMatchObject([{ event: 'webhook.late', workflow_run_id: 7, purpose: 'events' }]);
});
