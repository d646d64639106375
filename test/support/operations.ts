import { ApiDescription } from './api-description.js';

export interface Operation {
  method: string;
  /** With values in place of the parameters: ids of nothing. */
  path: string;
  /** As it is described. */
  template: string;
  /** Open to everybody, a carrier's, or behind a key. */
  access: 'open' | 'carrier' | 'key';
  takesJson: boolean;
}

const METHODS = ['get', 'post', 'patch', 'put', 'delete'];
const VALUES: Record<string, string> = {
  number: '%2B12025550199',
  name: 'nothing',
  path: 'nothing',
};
const NO_SUCH_ID = '999999';

/** Every route of the service, from its own description: a new route is included automatically. */
export function allOperations(): Operation[] {
  const paths = new ApiDescription().at('paths') ?? {};
  return Object.entries(paths).flatMap(([template, item]) =>
    METHODS.filter((method) => method in item).map((method) => {
      const operation = item[method] as {
        security?: Array<Record<string, unknown>>;
        requestBody?: { content?: Record<string, unknown> };
      };
      return {
        method: method.toUpperCase(),
        template,
        path: template.replace(/\{(\w+)\}/g, (_, name: string) => VALUES[name] ?? NO_SUCH_ID),
        access: accessOf(operation.security),
        takesJson: 'application/json' in (operation.requestBody?.content ?? {}),
      };
    }),
  );
}

/** An operation without its own declaration needs a key, as the document declares for all. */
function accessOf(security: Array<Record<string, unknown>> | undefined): Operation['access'] {
  if (security === undefined) return 'key';
  if (security.length === 0) return 'open';
  return security.some((one) => 'apiKey' in one) ? 'key' : 'carrier';
}
