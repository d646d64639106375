import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Patch,
  Post,
  Query,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { SimulatedCarrierSettings } from '../../config/settings.js';
import { IsId, IsText, IsWhole } from '../../shared/fields.js';
import { claimableParty, isE164, PARTY_MAX } from '../../shared/party.js';
import { invalidField, notFound, Problem } from '../../shared/problem.js';
import { AdminGuard } from '../../tenants/api-key.guard.js';
import { PhoneNumbers, type NumberName, type PhoneNumber } from '../../tenants/phone-numbers.js';
import { inboundAnswerUrl, numberStatusCallbackUrl } from '../../urls/call-urls.js';
import { PublicOrigin } from '../../urls/public-origin.js';
import { AuditInterceptor } from '../audit/audit.interceptor.js';
import { Workflows } from '../../tenants/workflows.js';
import { pageJson, SET_UP_PAGE } from '../page.dto.js';

/** `POST /api/v1/phone-numbers` */
export class ClaimNumberDto {
  /** E.164, or a SIP address. */
  @IsString()
  @MaxLength(PARTY_MAX)
  number!: string;

  @IsOptional()
  @IsText(0, 40)
  provider?: string;

  /** Any user's: the run of an inbound call belongs to the owner of the workflow. */
  @IsId()
  workflow_id!: number;
}

/** `GET /api/v1/phone-numbers` */
export class NumberPageDto {
  @IsOptional()
  @Type(() => Number)
  @IsWhole(1, SET_UP_PAGE)
  limit: number = SET_UP_PAGE;

  /** `next_cursor` of the page before. */
  @IsOptional()
  @Matches(/^[A-Za-z0-9_-]{1,1000}$/, { message: 'must be the next_cursor of a page' })
  cursor?: string;
}

/** `PATCH /api/v1/phone-numbers/{number}` */
export class LeadNumberDto {
  /** Any user's. */
  @IsId()
  workflow_id!: number;
}

/** Which workflow answers which number: user 1's to say. */
@Controller('api/v1/phone-numbers')
@UseGuards(AdminGuard)
@UseInterceptors(AuditInterceptor)
export class PhoneNumbersController {
  constructor(
    private readonly numbers: PhoneNumbers,
    private readonly workflows: Workflows,
    private readonly providers: ProviderRegistry,
    private readonly origin: PublicOrigin,
    private readonly simulated: SimulatedCarrierSettings,
  ) {}

  @Get()
  async list(@Query() { cursor, limit }: NumberPageDto) {
    const after = cursor === undefined ? null : readCursor(cursor);
    return pageJson(await this.numbers.list(after, limit + 1), limit, numberJson, writeCursor);
  }

  @Post()
  async claim(@Body() body: ClaimNumberDto) {
    const number = claimableParty(body.number);
    if (number === null) {
      throw invalidField(
        'number',
        'must be a phone number in E.164, such as +14155552671, or a SIP address, such as sip:sales@acme.sip.twilio.com',
      );
    }
    const provider = body.provider ?? this.providers.all()[0]?.name ?? '';
    if (!this.providers.find(provider)) {
      throw invalidField('provider', 'is not a carrier of this service');
    }
    if (!(await this.workflows.find(body.workflow_id))) throw notFound('workflow');
    const claimed = { provider, number, workflowId: body.workflow_id };
    if (!(await this.numbers.claim(claimed))) {
      throw new Problem('conflict', 'This number already leads to a workflow. Release it first.');
    }
    return { ...numberJson(claimed), carrier: await this.tellCarrier(claimed) };
  }

  /**
   * The claim holds whatever the carrier says: where it does not take the URLs,
   * the answer tells which to enter by hand.
   */
  private async tellCarrier({ provider, number }: PhoneNumber) {
    const carrier = this.providers.find(provider);
    const origin = await this.origin.refreshForDial();
    if (origin === null || !carrier?.configured) {
      return {
        configured: false,
        reason: origin === null ? 'no public address is known' : 'the carrier is not configured',
      };
    }
    const urls = {
      answerUrl: inboundAnswerUrl(origin),
      statusCallbackUrl: numberStatusCallbackUrl(origin),
    };
    const told = { voice_url: urls.answerUrl, status_callback: urls.statusCallbackUrl };
    // Where the carrier is simulated there is nowhere to enter anything.
    const byHand = this.simulated.enabled ? {} : told;
    if (!isE164(number) && !this.simulated.enabled) {
      return { configured: false, reason: 'a SIP address is set up at its SIP domain', ...byHand };
    }
    const result = await carrier.configureNumber(number, urls);
    switch (result.kind) {
      case 'configured':
        return { configured: true, ...told };
      case 'not-found':
        return {
          configured: false,
          reason: this.simulated.enabled
            ? 'the simulated carrier has other numbers'
            : 'the account does not own this number',
          ...byHand,
        };
      case 'failed':
        return { configured: false, reason: result.message, ...byHand };
      default:
        return result satisfies never;
    }
  }

  /** Nothing changes at the carrier: the number leads here already. */
  @Patch(':number')
  async lead(@Param('number') text: string, @Body() body: LeadNumberDto) {
    const number = claimableParty(text);
    if (number === null) throw notFound('phone number');
    if (!(await this.workflows.find(body.workflow_id))) throw notFound('workflow');
    const [led] = await this.numbers.lead(number, body.workflow_id);
    if (!led) throw notFound('phone number');
    return numberJson(led);
  }

  @Delete(':number')
  @HttpCode(204)
  async release(@Param('number') text: string): Promise<void> {
    const number = claimableParty(text);
    if (number === null || !(await this.numbers.release(number))) throw notFound('phone number');
  }
}

function numberJson(number: PhoneNumber) {
  return {
    number: number.number,
    provider: number.provider,
    workflow_id: number.workflowId,
  };
}

/** Two carriers may have the same number, so both are in it. */
function writeCursor({ number, provider }: NumberName): string {
  return Buffer.from(`${provider} ${number}`).toString('base64url');
}

function readCursor(cursor: string): NumberName {
  const [provider = '', ...number] = Buffer.from(cursor, 'base64url').toString().split(' ');
  if (number.length === 0) throw invalidField('cursor', 'must be the next_cursor of a page');
  return { provider, number: number.join(' ') };
}
