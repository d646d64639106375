/** `numbers` and `number`: listing the account's numbers, reading or changing one. */
export type RestOperation =
  'create' | 'fetch' | 'update' | 'list' | 'numbers' | 'number' | 'account' | 'alerts';

/** Something that goes wrong with a REST request. */
export interface RestFault {
  /** Default `create`. */
  operation?: RestOperation;
  /** Only for calls to this number (`create` only). */
  to?: string;
  /** How many requests it hits. Default 1. */
  times?: number;
  /** The reply comes so many milliseconds late. */
  delayMs?: number;
  /**
   * - `lost`: the connection is destroyed instead of a reply
   * - a status: answered with it in Twilio's error shape, or with `body` as it stands
   * - a page: a proxy's HTML with this status takes the place of the true reply
   * - absent: the true reply
   */
  reply?:
    | 'lost'
    | { page: number }
    | {
        status: number;
        code?: number;
        message?: string;
        headers?: Record<string, string>;
        body?: string;
      };
  /**
   * Whether the request is carried out all the same. Default: yes, except when
   * `reply` is a status; with a page it is, if Twilio would have. (A 500 with `carriedOut: true` is the dial nobody knows of.)
   */
  carriedOut?: boolean;
}

/** What a proxy between gateway and carrier shows in place of the carrier's reply. */
export function proxyPage(status: number): string {
  return `<!doctype html>\n<html><head><title>${status}</title></head><body><h1>${status}</h1><hr>proxy</body></html>\n`;
}

/** The faults still to come. */
export class RestFaults {
  private readonly pending: Array<RestFault & { left: number }> = [];

  add(fault: RestFault): void {
    this.pending.push({ ...fault, left: fault.times ?? 1 });
  }

  clear(): void {
    this.pending.length = 0;
  }

  /** The first fault that fits this request, used up by one. */
  take(operation: RestOperation, to: string | undefined): RestFault | null {
    const index = this.pending.findIndex(
      (fault) =>
        (fault.operation ?? 'create') === operation && (fault.to === undefined || fault.to === to),
    );
    const fault = this.pending[index];
    if (!fault) return null;
    if (--fault.left <= 0) this.pending.splice(index, 1);
    return fault;
  }
}
