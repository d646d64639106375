/** A refusal of the REST API, in Twilio's shape (Twilio docs, Twilio's response). */
export class TwilioError extends Error {
  override readonly name = 'TwilioError';

  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
  ) {
    super(message);
  }

  toJson(): Record<string, unknown> {
    return {
      code: this.code,
      message: this.message,
      more_info: `https://www.twilio.com/docs/errors/${this.code}`,
      status: this.status,
    };
  }
}

/** A refusal with HTTP 400 and this code. */
export function badRequest(code: number, message: string): TwilioError {
  return new TwilioError(400, code, message);
}

export function notFound(path: string): TwilioError {
  return new TwilioError(404, 20_404, `The requested resource ${path} was not found`);
}
