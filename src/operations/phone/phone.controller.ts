import { Controller, Get, Header, UseGuards } from '@nestjs/common';
import { ApiKeyGuard } from '../../tenants/api-key.guard.js';
import { BrowserPhones } from './browser-phones.js';

/** Whether the console may offer a phone. */
@Controller('console/api/phone')
@UseGuards(ApiKeyGuard)
export class PhoneController {
  constructor(private readonly phones: BrowserPhones) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  phone() {
    return { available: this.phones.available };
  }
}
