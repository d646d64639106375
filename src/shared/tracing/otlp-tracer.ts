import { randomBytes } from 'node:crypto';
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Context,
  type SpanContext,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  type IdGenerator,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import type { Log } from '../logger.js';
import { redact } from '../redact.js';
import { spanIdOf, type RemoteSpan, type TracedCall, type TraceIds } from './trace-ids.js';
import { Tracer, type CallSpan } from './tracer.js';

const EXPORT_WITHIN_MS = 5_000;
const BATCH_EVERY_MS = 1_000;
/** How often an unreachable collector is logged, instead of at every batch. */
const COMPLAIN_EVERY_MS = 60_000;

const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT };

export interface OtlpOptions {
  /** Base of the collector's OTLP/HTTP; `/v1/traces` is added. */
  endpoint: string;
  /** Headers that are sent with each export; they may be secrets. */
  headers: Readonly<Record<string, string>>;
  serviceName: string;
  instanceName: string;
}

/** Returns the ids that were set for the next span; random ones otherwise. */
class PlannedIds implements IdGenerator {
  next: { traceId: string; spanId: string } | null = null;

  generateTraceId(): string {
    return this.next?.traceId ?? randomBytes(16).toString('hex');
  }

  generateSpanId(): string {
    return this.next?.spanId ?? randomBytes(8).toString('hex');
  }
}

/** Sends spans to a collector by OTLP over HTTP, as JSON. Loaded only when an endpoint is set. */
export class OtlpTracer extends Tracer {
  private readonly ids = new PlannedIds();
  private readonly provider: BasicTracerProvider;
  private complainedAt = Number.NEGATIVE_INFINITY;

  constructor(
    { endpoint, headers, serviceName, instanceName }: OtlpOptions,
    private readonly traceIds: TraceIds,
    private readonly log: Log,
  ) {
    super();
    const exporter = new OTLPTraceExporter({
      url: `${endpoint}/v1/traces`,
      headers: { ...headers },
      timeoutMillis: EXPORT_WITHIN_MS,
    });
    this.provider = new BasicTracerProvider({
      resource: resourceFromAttributes({
        'service.name': serviceName,
        'service.instance.id': instanceName,
      }),
      sampler: new AlwaysOnSampler(),
      idGenerator: this.ids,
      spanProcessors: [
        new BatchSpanProcessor(this.heard(exporter), {
          scheduledDelayMillis: BATCH_EVERY_MS,
          exportTimeoutMillis: EXPORT_WITHIN_MS,
        }),
      ],
    });
  }

  begin(call: TracedCall): void {
    this.traceIds.note(call);
  }

  record(span: CallSpan): void {
    const traceId = this.traceIds.note(span.call);
    const isCall = span.name === 'call';
    const spanId =
      isCall || span.key !== undefined
        ? spanIdOf(traceId, span.key ?? '')
        : randomBytes(8).toString('hex');
    this.ids.next = { traceId: span.askedBy?.traceId ?? traceId, spanId };
    const made = this.provider.getTracer('patchbay').startSpan(
      span.name,
      {
        startTime: new Date(span.startedAt),
        kind: span.kind ? KINDS[span.kind] : SpanKind.INTERNAL,
        attributes: attributesOf(span),
        links: span.askedBy
          ? [{ context: remote({ traceId, spanId: spanIdOf(traceId, '') }) }]
          : [],
      },
      isCall ? ROOT_CONTEXT : contextOf(parentOf(span, traceId)),
    );
    this.ids.next = null;
    if (span.failure) made.setStatus({ code: SpanStatusCode.ERROR, message: span.failure });
    // Clocks of carriers may be behind ours, so the end is never put before the beginning.
    made.end(new Date(Math.max(span.startedAt, span.endedAt ?? Date.now())));
  }

  async close(): Promise<void> {
    await this.provider.shutdown().catch((error: unknown) => this.complain(error));
  }

  /** Logs failed exports, because the library drops them silently. */
  private heard(exporter: SpanExporter): SpanExporter {
    return {
      export: (spans, done) =>
        exporter.export(spans, (result) => {
          if (result.error) this.complain(result.error);
          done(result);
        }),
      forceFlush: async () => exporter.forceFlush?.(),
      shutdown: async () => exporter.shutdown(),
    };
  }

  private complain(error: unknown): void {
    const now = performance.now();
    if (now - this.complainedAt < COMPLAIN_EVERY_MS) return;
    this.complainedAt = now;
    this.log.warn('traces.not_exported', { error });
  }
}

function parentOf(span: CallSpan, traceId: string): RemoteSpan {
  return span.askedBy ?? { traceId, spanId: spanIdOf(traceId, span.within ?? '') };
}

function contextOf(parent: RemoteSpan): Context {
  return trace.setSpanContext(ROOT_CONTEXT, remote(parent));
}

function remote(span: RemoteSpan): SpanContext {
  return { ...span, traceFlags: TraceFlags.SAMPLED, isRemote: true };
}

/** Redacts the attributes like the fields of a log line, as a last safeguard. */
function attributesOf({ call, attributes = {} }: CallSpan) {
  const known = Object.entries(attributes).filter(([, value]) => value !== null);
  return redact({
    'patchbay.workflow_run_id': call.runId,
    ...Object.fromEntries(known),
  }) as Record<string, string | number | boolean>;
}
