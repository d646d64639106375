import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RecordingSettings } from '../../src/config/settings.js';
import { parseSettings } from '../../src/parse-settings.js';
import { keepSecrets } from './test-logs.js';

const REGION = 'eu-central-1';
const ACCESS_KEY_ID = 'AKIDEXAMPLE';
const SECRET_ACCESS_KEY = 'secret-of-the-bucket-0123456789';
/** As S3 does: a request whose time is further from ours is refused. */
const SKEW_MS = 15 * 60_000;

interface Refusal {
  status: number;
  code: string;
}

/**
 * A bucket that speaks S3's protocol over real HTTP, checks each signature by itself
 * (Signature Version 4, on node:crypto alone) and refuses what S3 refuses.
 */
export class S3Double {
  /** The objects by their keys. */
  readonly objects = new Map<string, Buffer>();
  /** Each request that was served, as `PUT key`. */
  readonly served: string[] = [];
  /** What is refused; none of it may come from a client that signs correctly. */
  readonly refused: Refusal[] = [];
  /** In place of a reply the connection is cut. */
  away = false;
  /** Called before a request is served, after its body was read. */
  before: (method: string, key: string) => Promise<void> | void = () => undefined;

  private constructor(
    private readonly server: Server,
    readonly endpoint: string,
    readonly bucket: string,
  ) {}

  static async start(bucket = 'recordings'): Promise<S3Double> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const double = new S3Double(server, `http://127.0.0.1:${port}`, bucket);
    server.on('request', (request, response) => void double.serve(request, response));
    keepSecrets(SECRET_ACCESS_KEY);
    return double;
  }

  /** The settings that lead a service to this bucket. */
  env(prefix = 'calls'): Record<string, string> {
    return {
      RECORDINGS_URL: `s3://${this.bucket}/${prefix}`,
      S3_ENDPOINT: this.endpoint,
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: ACCESS_KEY_ID,
      AWS_SECRET_ACCESS_KEY: SECRET_ACCESS_KEY,
    };
  }

  /** The same, parsed. */
  settings(): RecordingSettings {
    return parseSettings(this.env()).recordings;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    if (this.away) {
      request.socket.destroy();
      return;
    }
    const refusal = this.refusalOf(request, body);
    if (refusal) {
      this.refuse(response, refusal);
      return;
    }
    const key = decodeURIComponent(request.url ?? '').slice(this.bucket.length + 2);
    const method = request.method ?? '';
    await this.before(method, key);
    this.served.push(`${method} ${key}`);
    this.answer(method, key, body, request, response);
  }

  private answer(
    method: string,
    key: string,
    body: Buffer,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    const found = this.objects.get(key);
    if (method === 'PUT') {
      this.objects.set(key, body);
      response.writeHead(200, { etag: `"${createHash('md5').update(body).digest('hex')}"` }).end();
    } else if (method === 'DELETE') {
      this.objects.delete(key);
      response.writeHead(204).end();
    } else if (method !== 'GET') {
      this.refuse(response, { status: 405, code: 'MethodNotAllowed' });
    } else if (!found) {
      this.refuse(response, { status: 404, code: 'NoSuchKey' });
    } else {
      const [, from, to] = (/^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []).map(
        Number,
      );
      if (from === undefined || to === undefined) response.writeHead(200).end(found);
      else if (from >= found.length) this.refuse(response, { status: 416, code: 'InvalidRange' });
      else response.writeHead(206).end(found.subarray(from, to + 1));
    }
  }

  private refuse(response: ServerResponse, refusal: Refusal): void {
    this.refused.push(refusal);
    const { status, code } = refusal;
    response
      .writeHead(status, { 'content-type': 'application/xml' })
      .end(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code></Error>`);
  }

  private refusalOf(request: IncomingMessage, body: Buffer): Refusal | null {
    const { headers } = request;
    const parts =
      /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8}\/([^/]+)\/s3\/aws4_request), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
        headers.authorization ?? '',
      );
    if (!parts) return { status: 403, code: 'AccessDenied' };
    const [, keyId, scope = '', region = '', signedHeaders = '', signature = ''] = parts;
    if (keyId !== ACCESS_KEY_ID) return { status: 403, code: 'InvalidAccessKeyId' };
    if (region !== REGION) return { status: 400, code: 'AuthorizationHeaderMalformed' };
    const time = String(headers['x-amz-date']);
    const [, year, month, day, hour, minute, second] =
      /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time) ?? [];
    const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
    if (!(Math.abs(at - Date.now()) < SKEW_MS))
      return { status: 403, code: 'RequestTimeTooSkewed' };
    const names = signedHeaders.split(';');
    const unsigned = Object.keys(headers).some(
      (name) => name.startsWith('x-amz-') && !names.includes(name),
    );
    if (unsigned || !names.includes('host')) return { status: 403, code: 'AccessDenied' };
    const hash = String(headers['x-amz-content-sha256']);
    const isHashed = hash !== 'UNSIGNED-PAYLOAD';
    if (isHashed && hash !== createHash('sha256').update(body).digest('hex')) {
      return { status: 400, code: 'XAmzContentSHA256Mismatch' };
    }
    const canonical = [
      request.method,
      request.url,
      '',
      ...names.map((name) => `${name}:${String(headers[name]).trim().replace(/\s+/g, ' ')}`),
      '',
      signedHeaders,
      hash,
    ].join('\n');
    const wanted = sign(SECRET_ACCESS_KEY, scope, time, canonical);
    if (!timingSafeEqual(Buffer.from(signature, 'hex'), wanted)) {
      return { status: 403, code: 'SignatureDoesNotMatch' };
    }
    if (request.method === 'PUT' && headers['content-length'] === undefined) {
      return { status: 411, code: 'MissingContentLength' };
    }
    const bucket = request.url?.split('/')[1];
    return bucket === this.bucket ? null : { status: 404, code: 'NoSuchBucket' };
  }
}

/** The signature of a canonical request, as Amazon's pages on Signature Version 4 describe it. */
export function sign(secret: string, scope: string, time: string, canonical: string): Buffer {
  const hmac = (key: string | Buffer, text: string) =>
    createHmac('sha256', key).update(text).digest();
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${secret}`);
  const hash = createHash('sha256').update(canonical).digest('hex');
  return hmac(key, ['AWS4-HMAC-SHA256', time, scope, hash].join('\n'));
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
