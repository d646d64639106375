import { Body, Controller, HttpCode, Post, UseGuards, UseInterceptors } from '@nestjs/common';
import { callJson } from '../../calls/call-json.js';
import { CallLedger } from '../../calls/ledger/call-ledger.js';
import type { CallRun } from '../../calls/ledger/call-run.js';
import { SendDigits } from '../../calls/streams/send-digits.js';
import { Whereabouts } from '../../calls/streams/whereabouts.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { IdParam } from '../../shared/id-param.js';
import { notFound, Problem } from '../../shared/problem.js';
import { ApiKeyGuard } from '../../tenants/api-key.guard.js';
import type { Caller } from '../../tenants/api-keys.js';
import { CurrentCaller } from '../../tenants/caller.js';
import { AuditInterceptor } from '../audit/audit.interceptor.js';
import { DigitsDto } from './digits.dto.js';

/** Presses keys on a call, for instance in a menu at the other end. */
@Controller('api/v1/telephony/calls')
@UseGuards(ApiKeyGuard)
@UseInterceptors(AuditInterceptor)
export class DigitsController {
  constructor(
    private readonly ledger: CallLedger,
    private readonly providers: ProviderRegistry,
    private readonly digits: SendDigits,
    private readonly whereabouts: Whereabouts,
  ) {}

  @Post(':workflow_run_id/digits')
  @HttpCode(202)
  async send(
    @CurrentCaller() caller: Caller,
    @IdParam('workflow_run_id') runId: number,
    @Body() { digits }: DigitsDto,
  ) {
    const run = await this.ledger.find({ runId });
    if (run?.userId !== caller.userId) throw notFound('call');
    this.assertAble(run);
    const result = await this.digits.send(run, digits);
    switch (result) {
      case 'taken':
        return callJson(run, this.whereabouts.of(run));
      case 'no-stream':
        throw new Problem('conflict', 'The call has no media stream.');
      case 'unanswered':
        throw new Problem(
          'conflict',
          'The instance that has the call does not answer. The call’s timeline says whether the digits were sent.',
        );
      default:
        return result satisfies never;
    }
  }

  private assertAble(run: CallRun): void {
    const account = this.providers.of(run);
    if (account?.capabilities.digitsOut === 'none') {
      throw new Problem('conflict', 'The carrier of this call cannot send digits.');
    }
    if (run.status !== 'answered') {
      throw new Problem('conflict', 'Digits can be sent while the call is answered.');
    }
  }
}
