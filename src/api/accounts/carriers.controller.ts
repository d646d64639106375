import { Controller, Get, UseGuards } from '@nestjs/common';
import type { CarrierKind } from '../../providers/carrier-kind.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { ApiKeyGuard } from '../../tenants/api-key.guard.js';

/** The carriers that are plugged in. */
@Controller('api/v1/carriers')
@UseGuards(ApiKeyGuard)
export class CarriersController {
  constructor(private readonly providers: ProviderRegistry) {}

  @Get()
  list() {
    return { data: this.providers.kinds.map(carrierJson) };
  }
}

function carrierJson({ name, label, family, capabilities, tried, form }: CarrierKind) {
  return {
    provider: name,
    name: label,
    family,
    capabilities: snakeCased(capabilities),
    settings_schema: form?.settingsSchema ?? null,
    secrets_schema: form?.secretsSchema ?? null,
    calls_per_second: form?.callsPerSecond ?? null,
    tried,
  };
}

function snakeCased(value: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      one as unknown,
    ]),
  );
}
