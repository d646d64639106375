import { Controller, Get, UseGuards } from '@nestjs/common';
import { Instance } from '../../cluster/instance.js';
import { SettingsInForce } from '../../config/settings-in-force.js';
import { packageVersion } from '../../shared/package-version.js';
import { AdminGuard } from '../../tenants/api-key.guard.js';

/** The release and the settings with which the instance that answers was started. Only user 1 may read them. */
@Controller('api/v1/settings')
@UseGuards(AdminGuard)
export class SettingsController {
  private readonly version = packageVersion();

  constructor(
    private readonly settings: SettingsInForce,
    private readonly instance: Instance,
  ) {}

  @Get()
  list() {
    return { version: this.version, instance: this.instance.name, data: this.settings.list };
  }
}
