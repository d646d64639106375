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
import { answerUrl, eventsUrl } from '../../urls/call-urls.js';
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

  /**
   * The key of the account that has the number; absent: the first, of `provider` where that is
   * given.
   */
  @IsOptional()
  @IsText(0, 40)
  account?: string;

  @IsOptional()
  @IsText(0, 40)
  provider?: string;

  /** A workflow of any user: the run of an inbound call belongs to the owner of the workflow. */
  @IsId()
  workflow_id!: number;
}

/** `GET /api/v1/phone-numbers` */
export class NumberPageDto {
  @IsOptional()
  @Type(() => Number)
  @IsWhole(1, SET_UP_PAGE)
  limit: number = SET_UP_PAGE;

  /** `next_cursor` of the previous page. */
  @IsOptional()
  @Matches(/^[A-Za-z0-9_-]{1,1000}$/, { message: 'must be the next_cursor of a page' })
  cursor?: string;
}

/** `PATCH, DELETE /api/v1/phone-numbers/{number}` */
export class NumberAccountDto {
  /** The key of the account, where several have the number. */
  @IsOptional()
  @IsText(1, 40)
  account?: string;
}

/** `PATCH /api/v1/phone-numbers/{number}` */
export class LeadNumberDto {
  /** A workflow of any user. */
  @IsId()
  workflow_id!: number;
}

/** Which workflow answers which number. Only user 1 may change it. */
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
    const { account, provider } = this.holderFor(body);
    if (!(await this.workflows.find(body.workflow_id))) throw notFound('workflow');
    const claimed = { account, provider, number, workflowId: body.workflow_id };
    if (!(await this.numbers.claim(claimed))) {
      throw new Problem('conflict', 'This number already leads to a workflow. Release it first.');
    }
    return { ...numberJson(claimed), carrier: await this.tellCarrier(claimed) };
  }

  /**
   * The account that will own the number. A carrier without an account may have numbers claimed
   * before it is configured.
   */
  private holderFor(body: ClaimNumberDto) {
    const { account: key = null, provider: kind = null } = body;
    const named = key === null ? null : this.providers.find(key);
    if (key !== null && (!named || (kind !== null && named.kind !== kind))) {
      throw invalidField('account', 'is not an account of this service, or of this carrier');
    }
    if (kind !== null && !this.providers.hasKind(kind)) {
      throw invalidField('provider', 'is not a carrier of this service');
    }
    const name = kind ?? this.providers.kinds[0]?.name ?? '';
    const account =
      named ?? (kind === null ? this.providers.default() : this.providers.firstOf(kind));
    return { account: account?.key ?? name, provider: account?.kind ?? name };
  }

  /**
   * The claim holds whatever the carrier says: if the carrier does not accept the URLs, the answer
   * says which ones to enter by hand.
   */
  private async tellCarrier({ account, number }: PhoneNumber) {
    const carrier = this.providers.find(account);
    const origin = carrier ? await this.origin.of(carrier).refreshForDial() : null;
    if (origin === null || !carrier) {
      return {
        configured: false,
        reason: carrier ? 'no public address is known' : 'the carrier is not configured',
      };
    }
    const addressee = { origin, key: this.providers.pathKeyOf(carrier) };
    const plain = { answer: answerUrl(addressee, null), events: eventsUrl(addressee, null) };
    const { numbersPort } = carrier;
    if (!numbersPort) {
      const reason = 'this carrier keeps no addresses for each number';
      return { configured: false, reason, voice_url: plain.answer, status_callback: plain.events };
    }
    const urls = numbersPort.urlsFor(plain);
    const told = { voice_url: urls.answerUrl, status_callback: urls.statusCallbackUrl };
    // A simulated carrier has no place where they could be entered.
    const isSimulated = this.simulated.enabled && carrier.simulated;
    const byHand = isSimulated ? {} : told;
    if (!isE164(number) && !isSimulated) {
      return { configured: false, reason: 'a SIP address is set up at its SIP domain', ...byHand };
    }
    const result = await numbersPort.configure(number, urls);
    switch (result.kind) {
      case 'configured':
        return { configured: true, ...told };
      case 'not-found':
        return {
          configured: false,
          reason: isSimulated
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
  async lead(
    @Param('number') text: string,
    @Query() { account }: NumberAccountDto,
    @Body() body: LeadNumberDto,
  ) {
    const number = claimableParty(text);
    if (number === null) throw notFound('phone number');
    if (!(await this.workflows.find(body.workflow_id))) throw notFound('workflow');
    const led = await this.numbers.lead(await this.theOne(number, account), body.workflow_id);
    if (!led) throw notFound('phone number');
    return numberJson(led);
  }

  @Delete(':number')
  @HttpCode(204)
  async release(
    @Param('number') text: string,
    @Query() { account }: NumberAccountDto,
  ): Promise<void> {
    const number = claimableParty(text);
    if (number === null || !(await this.numbers.release(await this.theOne(number, account)))) {
      throw notFound('phone number');
    }
  }

  /** @throws Problem where several accounts have the number and none is named */
  private async theOne(number: string, account: string | undefined): Promise<NumberName> {
    if (account !== undefined) return { number, account };
    const [first = '', ...others] = await this.numbers.accountsOf(number);
    if (others.length === 0) return { number, account: first };
    throw new Problem(
      'conflict',
      `Several accounts have this number: ${[first, ...others].join(', ')}. Name one with ?account=.`,
    );
  }
}

function numberJson(number: PhoneNumber) {
  return {
    number: number.number,
    account: number.account,
    provider: number.provider,
    workflow_id: number.workflowId,
  };
}

/** Two accounts may have the same number, so the text contains both. */
function writeCursor({ number, account }: NumberName): string {
  return Buffer.from(`${account} ${number}`).toString('base64url');
}

function readCursor(cursor: string): NumberName {
  const [account = '', ...number] = Buffer.from(cursor, 'base64url').toString().split(' ');
  if (number.length === 0) throw invalidField('cursor', 'must be the next_cursor of a page');
  return { account, number: number.join(' ') };
}
