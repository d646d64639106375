import type { Page } from 'playwright-core';

export const CHECKS = [
  {
    name: 'public-url',
    title: 'Public address',
    group: 'Address',
    status: 'up',
    seen: 'https://gw.example.com, as configured',
    fix: null,
    duration_ms: 3,
  },
  {
    name: 'public-reach',
    title: 'The address leads here',
    group: 'Address',
    status: 'down',
    seen: 'GET /health/live through the public address: 502',
    fix: 'The tunnel or proxy does not reach this service. Is it running, and does it forward to port 8000?',
    duration_ms: 412,
  },
  {
    name: 'carrier-account',
    title: 'Carrier account',
    group: 'Carrier',
    status: 'up',
    seen: 'twilio: active',
    fix: null,
    duration_ms: 180,
  },
  {
    name: 'numbers',
    title: 'Numbers lead here',
    group: 'Carrier',
    status: 'warn',
    seen: '1 of 2 numbers leads to another address',
    fix: 'Claim the number again: DELETE, then POST /api/v1/phone-numbers.',
    duration_ms: 95,
  },
  {
    name: 'media',
    title: 'Media stream',
    group: 'Media',
    status: 'skipped',
    seen: 'the public address does not lead here',
    fix: null,
    duration_ms: 0,
  },
] as const;

/** The doctor's answers, so that what is shown does not depend on the machine that tests. */
export async function mockDoctor(page: Page): Promise<void> {
  await page.route('**/api/v1/telephony/diagnostics', async (route) => {
    if (route.request().method() === 'GET') {
      await route.fulfill({ json: { checks: CHECKS } });
      return;
    }
    const events = CHECKS.flatMap((check) => [
      event('check', { ...check, status: 'running', seen: null, fix: null, duration_ms: null }),
      event('check', { ...check, fix: check.fix && `${check.fix} (full)` }),
    ]);
    await route.fulfill({
      contentType: 'text/event-stream',
      body: [...events, event('done', {})].join(''),
    });
  });
}

function event(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
