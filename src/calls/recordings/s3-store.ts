import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { AwsClient } from 'aws4fetch';
import type { RecordingSettings } from '../../config/settings.js';
import { codeOf } from '../../shared/start-error.js';
import { RecordingStore, RecordingStoreError } from './recording-store.js';

/** Longer than a megabyte takes on a poor line. */
const TIMEOUT_MS = 30_000;
/** S3's own words fit; a proxy's page does not. */
const REFUSAL_BYTES = 4_096;

export interface S3Options {
  bucket: string;
  /** Without slashes at its ends; empty: none. */
  prefix: string;
  /** An origin, which is asked as `origin/bucket/key`; null: Amazon's own. */
  endpoint: string | null;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string | null;
}

/** Null: no bucket is configured. */
export function s3OptionsOf(settings: RecordingSettings): S3Options | null {
  const { bucket, endpoint, accessKeyId, secretAccessKey, sessionToken } = settings;
  // The settings' own rules refuse a bucket without a key.
  if (bucket === null || accessKeyId === null || secretAccessKey === null) return null;
  const region = settings.region ?? settings.defaultRegion ?? 'us-east-1';
  const { name, prefix } = bucket;
  return { bucket: name, prefix, endpoint, region, accessKeyId, secretAccessKey, sessionToken };
}

/**
 * Keeps segments as objects in a bucket of Amazon S3, or of a store that speaks its
 * protocol. A location is `s3://bucket/key`, of any bucket that these credentials reach.
 */
export class S3Store extends RecordingStore {
  readonly title: string;
  private readonly client: AwsClient;

  /** @param timeoutMs after which a request is given up */
  constructor(
    private readonly options: S3Options,
    private readonly timeoutMs = TIMEOUT_MS,
  ) {
    super();
    const { accessKeyId, secretAccessKey, sessionToken, region } = options;
    this.client = new AwsClient({
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === null ? {} : { sessionToken }),
      region,
      service: 's3',
    });
    this.title = this.locationOf('').replace(/\/$/, '');
  }

  locationOf(name: string): string {
    const { bucket, prefix } = this.options;
    return `s3://${bucket}/${prefix === '' ? '' : `${prefix}/`}${name}`;
  }

  has(location: string): boolean {
    return location.startsWith('s3://');
  }

  async put(location: string, file: string): Promise<void> {
    await this.putBytes(location, new Uint8Array(await readFile(file)));
  }

  private async putBytes(location: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    // Signed with the request, so a store refuses a body that was damaged on its way.
    const hash = Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex');
    const reply = await this.ask('PUT', location, {
      headers: { 'content-type': 'audio/wav', 'x-amz-content-sha256': hash },
      body: bytes,
    });
    if (!reply.ok) throw await refusal('PUT', reply);
    await reply.body?.cancel();
  }

  async read(location: string, from: number, to: number): Promise<Buffer | null> {
    const headers = { range: `bytes=${from}-${to - 1}` };
    const reply = await this.ask('GET', location, { headers });
    if (reply.status === 206) return this.bodyOf(reply);
    // A store that knows no ranges sends all of it.
    if (reply.ok) return (await this.bodyOf(reply)).subarray(from, to);
    const error = await refusal('GET', reply);
    if (reply.status === 404 && error.code !== 'NoSuchBucket') return null;
    if (reply.status === 416) return Buffer.alloc(0);
    throw error;
  }

  async erase(location: string): Promise<void> {
    const reply = await this.ask('DELETE', location, {});
    if (reply.ok) {
      await reply.body?.cancel();
      return;
    }
    const error = await refusal('DELETE', reply);
    if (reply.status !== 404 || error.code === 'NoSuchBucket') throw error;
  }

  async probe(): Promise<void> {
    const location = this.locationOf(`probe-${randomUUID()}`);
    const bytes = Buffer.from('probe');
    await this.putBytes(location, bytes);
    const found = await this.read(location, 0, bytes.length);
    await this.erase(location);
    if (!found?.equals(bytes)) throw new RecordingStoreError('S3 does not return what was put');
  }

  private async ask(method: string, location: string, init: RequestInit): Promise<Response> {
    const request = await this.client.sign(this.urlOf(location), { ...init, method });
    return orUnreachable(
      fetch(request, { signal: AbortSignal.timeout(this.timeoutMs), redirect: 'manual' }),
    );
  }

  private async bodyOf(reply: Response): Promise<Buffer> {
    return Buffer.from(await orUnreachable(reply.arrayBuffer()));
  }

  private urlOf(location: string): string {
    const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.*)$/.exec(location) ?? [];
    const { endpoint, region } = this.options;
    if (endpoint !== null) return `${endpoint}/${bucket}/${key}`;
    const host = `s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
    // Amazon's certificates cover one label before its host.
    return bucket.includes('.')
      ? `https://${host}/${bucket}/${key}`
      : `https://${bucket}.${host}/${key}`;
  }
}

/** What S3 says is wrong, by its own code. */
class S3Refusal extends RecordingStoreError {
  constructor(
    method: string,
    status: number,
    readonly code: string | null,
  ) {
    super(`S3 refuses ${method} with ${status}${code === null ? '' : ` ${code}`}`);
  }
}

async function refusal(method: string, reply: Response): Promise<S3Refusal> {
  const text = await reply.text().catch(() => '');
  const [, code = null] =
    /<Code>([A-Za-z0-9.]{1,64})<\/Code>/.exec(text.slice(0, REFUSAL_BYTES)) ?? [];
  return new S3Refusal(method, reply.status, code);
}

async function orUnreachable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new RecordingStoreError(`S3 does not answer (${causeOf(error)})`, { cause: error });
  }
}

/** `fetch` says why in the error's cause; a timeout is told by the name. */
function causeOf(error: unknown): string {
  const { cause, name } = Object(error) as { cause?: unknown; name?: unknown };
  return codeOf(cause) || String(name);
}
