import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Patch,
  Post,
  Req,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import type { Request } from 'express';
import { StoredAccounts } from '../../control/accounts/stored-accounts.js';
import { TestAccount } from '../../control/accounts/test-account.js';
import type { CarrierAccount } from '../../providers/carrier-account.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { notFound, Problem } from '../../shared/problem.js';
import { AdminGuard } from '../../tenants/api-key.guard.js';
import type { StoredCarrierAccount } from '../../tenants/carrier-account-rows.js';
import { CarrierAccounts } from '../../tenants/carrier-accounts.js';
import { PhoneNumbers } from '../../tenants/phone-numbers.js';
import { nameSubject } from '../audit/audit-subject.js';
import { AuditInterceptor } from '../audit/audit.interceptor.js';
import { AccountKeyParam } from './account-key-param.js';
import { fixedJson, storedJson } from './account-json.js';
import { CreateCarrierAccountDto, UpdateCarrierAccountDto } from './carrier-account.dto.js';
import { EditAccount } from './edit-account.js';

/** The accounts at carriers, of the environment and of the store. Only user 1 may see and change them. */
@Controller('api/v1/carrier-accounts')
@UseGuards(AdminGuard)
@UseInterceptors(AuditInterceptor)
export class CarrierAccountsController {
  constructor(
    private readonly accounts: CarrierAccounts,
    private readonly stored: StoredAccounts,
    private readonly providers: ProviderRegistry,
    private readonly edit: EditAccount,
    private readonly tests: TestAccount,
    private readonly numbers: PhoneNumbers,
  ) {}

  /** In the order in which they dial where a request names none. There are so few that a page holds all. */
  @Get()
  async list() {
    const stored = (await this.accounts.list()).filter(({ key }) => !this.providers.isFixed(key));
    const fixed = this.providers.all().filter(({ key }) => this.providers.isFixed(key));
    return {
      data: [
        ...fixed.filter(({ simulated }) => !simulated).map((one) => this.fixedJson(one)),
        ...stored.map((row) => this.json(row)),
        ...fixed.filter(({ simulated }) => simulated).map((one) => this.fixedJson(one)),
      ],
    };
  }

  @Post()
  async create(@Body() body: CreateCarrierAccountDto, @Req() request: Request) {
    const account = await this.edit.create(body);
    nameSubject(request, { account: account.key, provider: account.provider });
    return this.json(account);
  }

  @Get(':key')
  async get(@AccountKeyParam() key: string) {
    const fixed = this.providers.isFixed(key) ? this.providers.find(key) : null;
    if (fixed) return this.fixedJson(fixed);
    const row = await this.accounts.find(key);
    if (!row) throw notFound('carrier account');
    return this.json(row);
  }

  @Patch(':key')
  async update(
    @AccountKeyParam() key: string,
    @Body() body: UpdateCarrierAccountDto,
    @Req() request: Request,
  ) {
    const account = await this.edit.update(key, body);
    // The names of what was changed, never the values.
    const changed = Object.entries(body).flatMap(([name, value]) =>
      value === undefined ? [] : [name],
    );
    nameSubject(request, { account: key, changed: changed.sort().join(' ') });
    return this.json(account);
  }

  @Delete(':key')
  @HttpCode(204)
  async remove(@AccountKeyParam() key: string, @Req() request: Request): Promise<void> {
    await this.edit.delete(key);
    nameSubject(request, { account: key });
  }

  /** Asks the carrier; rings no telephone and changes nothing. */
  @Post(':key/test')
  @HttpCode(200)
  async test(@AccountKeyParam() key: string, @Req() request: Request) {
    const account = await this.usable(key);
    nameSubject(request, { account: key });
    const findings = await this.tests.run(account);
    return { works: findings.every(({ result }) => result !== 'fails'), findings };
  }

  /** What the account owns at the carrier, where the carrier tells; else the numbers of its settings. */
  @Get(':key/numbers')
  async listNumbers(@AccountKeyParam() key: string) {
    const account = await this.usable(key);
    const claimed = new Map(
      (await this.numbers.list())
        .filter((one) => one.account === key)
        .map((one) => [one.number, one.workflowId]),
    );
    const owned = await account.diagnostics?.ownedNumbers();
    if (owned?.kind === 'failed') {
      throw new Problem('provider_unavailable', `The carrier said: ${owned.message}.`);
    }
    const listed = owned?.numbers.map(({ number }) => number) ?? account.numbers;
    const all = [...new Set([...listed, ...account.numbers, ...claimed.keys()])];
    return {
      data: all.map((number) => ({
        number,
        // Null where the carrier does not tell.
        owned: owned ? listed.includes(number) : null,
        may_call: account.numbers.includes(number),
        workflow_id: claimed.get(number) ?? null,
      })),
    };
  }

  /** @throws Problem when there is no such account, or it cannot be used */
  private async usable(key: string): Promise<CarrierAccount> {
    // It may have been made at another instance a moment ago.
    await this.stored.follow();
    const account = this.providers.find(key);
    if (account) return account;
    const fault = this.stored.faultOf(key);
    if (!fault) throw notFound('carrier account');
    throw new Problem('conflict', `The account cannot be used. ${fault.reason} ${fault.fix}`);
  }

  private json(row: StoredCarrierAccount) {
    return storedJson(row, this.stored.faultOf(row.key));
  }

  private fixedJson(account: CarrierAccount) {
    return fixedJson(account, this.providers.kindOf(account.kind));
  }
}
