import { Agent, request } from 'node:http';
import { signWebhook } from '../../tools/carrier/signing/signature.js';
import { PUBLIC_ORIGIN } from './gateway.js';
import { assertFitForCarriers, encode, type Field } from './signed-request.js';

/** A webhook of a carrier, signed once, for any of the services at our public address. */
export interface CarrierPost {
  target: string;
  body: string;
  signature: string;
}

export interface PostReply {
  status: number;
  text: string;
}

export function signedPost(
  target: string,
  fields: readonly Field[],
  authToken: string,
): CarrierPost {
  const signature = signWebhook(PUBLIC_ORIGIN + target, fields, authToken);
  return { target, body: encode(fields), signature };
}

/** Sends many webhooks over kept connections, at little cost to the machine. */
export class CarrierPosts {
  private readonly agent = new Agent({ keepAlive: true });

  /** @throws where the reply is one that no carrier may be given, whatever the test is about */
  send(origin: string, { target, body, signature }: CarrierPost): Promise<PostReply> {
    return new Promise((resolve, reject) => {
      const sent = request(
        origin + target,
        {
          method: 'POST',
          agent: this.agent,
          headers: {
            'Content-Type': 'application/x-www-form-urlencoded',
            'Content-Length': Buffer.byteLength(body),
            'X-Twilio-Signature': signature,
          },
        },
        (response) => {
          const { statusCode: status = 0 } = response;
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => (text += chunk));
          response.on('error', reject);
          response.on('end', () => {
            try {
              const headers = response.headers as Record<string, string | undefined>;
              assertFitForCarriers({ status, headers, text });
              resolve({ status, text });
            } catch (error) {
              reject(error instanceof Error ? error : new Error(String(error)));
            }
          });
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
