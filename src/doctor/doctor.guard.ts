import { Injectable, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { Instance } from '../cluster/instance.js';
import { StoreUnavailableError } from '../database/store-errors.js';
import { ADMIN_USER_ID } from '../tenants/api-keys.js';
import { AdminGuard } from '../tenants/api-key.guard.js';
import { rememberCaller } from '../tenants/caller.js';
import { bearerOf, Credentials } from '../tenants/credentials.js';
import { RequestRate } from '../tenants/request-rate.js';
import { SettingsKey } from '../tenants/settings-key.js';

/** An id that no key in the store has. */
const NO_KEY_ID = 0;

/**
 * Admits user 1, even while the store with the keys is away, because the doctor is needed
 * most then. In that case only the key of the settings is accepted, compared in memory.
 * Every start makes this key valid again, so a dead store admits nobody
 * whom the next start would not admit.
 */
@Injectable()
export class DoctorGuard extends AdminGuard {
  constructor(
    credentials: Credentials,
    rate: RequestRate,
    instance: Instance,
    private readonly settingsKey: SettingsKey,
  ) {
    super(credentials, rate, instance);
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    try {
      return await super.canActivate(context);
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      const request = context.switchToHttp().getRequest<Request>();
      const key = bearerOf(request.headers.authorization);
      if (key === null || !this.settingsKey.matches(key)) throw error;
      this.nameInstance(request);
      rememberCaller(request, { userId: ADMIN_USER_ID, keyId: NO_KEY_ID });
      return true;
    }
  }
}
