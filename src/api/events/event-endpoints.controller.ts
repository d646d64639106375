import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Patch,
  Post,
  Query,
  Res,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import type { Response } from 'express';
import { EventDeliveries, type EventDelivery } from '../../calls/events-out/event-deliveries.js';
import {
  ENDPOINTS_PER_USER,
  EventEndpoints,
  type EventEndpoint,
} from '../../calls/events-out/event-endpoints.js';
import { EventSettings } from '../../config/settings.js';
import { invalidField, notFound, Problem } from '../../shared/problem.js';
import { ApiKeyGuard } from '../../tenants/api-key.guard.js';
import type { Caller } from '../../tenants/api-keys.js';
import { CurrentCaller } from '../../tenants/caller.js';
import { Workflows } from '../../tenants/workflows.js';
import { AuditInterceptor } from '../audit/audit.interceptor.js';
import { IdParam } from '../../shared/id-param.js';
import { PageDto, pageJson, SetUpPageDto } from '../page.dto.js';
import { CreateEndpointDto, UpdateEndpointDto } from './event-endpoint.dto.js';
import { endpointProblem } from '../../calls/events-out/send-event.js';
import { SendTestEvent, type TestedEndpoint } from './send-test-event.js';

/** Where users receive the events of their calls, as Standard Webhooks. */
@Controller('api/v1/webhook-endpoints')
@UseGuards(ApiKeyGuard)
@UseInterceptors(AuditInterceptor)
export class EventEndpointsController {
  constructor(
    private readonly endpoints: EventEndpoints,
    private readonly deliveries: EventDeliveries,
    private readonly workflows: Workflows,
    private readonly settings: EventSettings,
    private readonly tester: SendTestEvent,
  ) {}

  @Get()
  async list(@CurrentCaller() caller: Caller, @Query() { cursor, limit }: SetUpPageDto) {
    const endpoints = await this.endpoints.list(caller.userId, cursor ?? null, limit + 1);
    return pageJson(endpoints, limit, endpointJson, (endpoint) => endpoint.endpointId);
  }

  /** The secret is shown in this answer and nowhere else. */
  @Post()
  async create(@CurrentCaller() caller: Caller, @Body() body: CreateEndpointDto) {
    const fields = {
      url: this.checkedUrl(body.url),
      workflowId: body.workflow_id ?? null,
      types: body.types ?? [],
      enabled: body.enabled ?? true,
    };
    await this.assertWorkflow(caller, fields.workflowId);
    const endpoint = await this.endpoints.create(caller.userId, fields);
    if (!endpoint) {
      throw new Problem(
        'limit_reached',
        `This user has ${ENDPOINTS_PER_USER} webhook endpoints, as many as are allowed. Delete one that is not needed, or let one of them hear more workflows or types.`,
      );
    }
    return { ...endpointJson(endpoint), secret: endpoint.secret };
  }

  @Get(':endpoint_id')
  async get(@CurrentCaller() caller: Caller, @IdParam('endpoint_id') endpointId: number) {
    return endpointJson(await this.owned(caller, endpointId));
  }

  @Patch(':endpoint_id')
  async update(
    @CurrentCaller() caller: Caller,
    @IdParam('endpoint_id') endpointId: number,
    @Body() body: UpdateEndpointDto,
  ) {
    const endpoint = await this.owned(caller, endpointId);
    const fields = {
      url: body.url === undefined ? endpoint.url : this.checkedUrl(body.url),
      workflowId: body.workflow_id === undefined ? endpoint.workflowId : body.workflow_id,
      types: body.types ?? endpoint.types,
      enabled: body.enabled ?? endpoint.enabled,
    };
    await this.assertWorkflow(caller, fields.workflowId);
    const updated = await this.endpoints.update(endpointId, fields);
    if (!updated) throw notFound('webhook endpoint');
    return endpointJson(updated);
  }

  @Delete(':endpoint_id')
  @HttpCode(204)
  async remove(
    @CurrentCaller() caller: Caller,
    @IdParam('endpoint_id') endpointId: number,
  ): Promise<void> {
    await this.owned(caller, endpointId);
    await this.endpoints.delete(endpointId);
  }

  @Get(':endpoint_id/deliveries')
  async listDeliveries(
    @CurrentCaller() caller: Caller,
    @IdParam('endpoint_id') endpointId: number,
    @Query() query: PageDto,
  ) {
    await this.owned(caller, endpointId);
    const found = await this.deliveries.list(endpointId, query.cursor ?? null, query.limit + 1);
    return pageJson(found, query.limit, deliveryJson, (delivery) => delivery.deliveryId);
  }

  /** Sends the event again now, as the same message. */
  @Post(':endpoint_id/deliveries/:delivery_id/replay')
  @HttpCode(202)
  async replay(
    @CurrentCaller() caller: Caller,
    @IdParam('endpoint_id') endpointId: number,
    @IdParam('delivery_id') deliveryId: number,
  ) {
    await this.owned(caller, endpointId);
    const delivery = await this.deliveries.replay(endpointId, deliveryId);
    if (!delivery) throw notFound('delivery');
    return deliveryJson(delivery);
  }

  /** Sends an event of type `test` now, and answers with what came of it. */
  @Post(':endpoint_id/test')
  @HttpCode(200)
  async test(
    @CurrentCaller() caller: Caller,
    @IdParam('endpoint_id') endpointId: number,
    @Res({ passthrough: true }) response: Response,
  ) {
    const endpoint = await this.owned(caller, endpointId);
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    return testJson(await this.tester.send(endpoint, gone.signal));
  }

  private async owned(caller: Caller, endpointId: number): Promise<EventEndpoint> {
    const endpoint = await this.endpoints.find(caller.userId, endpointId);
    if (!endpoint) throw notFound('webhook endpoint');
    return endpoint;
  }

  private async assertWorkflow(caller: Caller, workflowId: number | null): Promise<void> {
    if (workflowId === null) return;
    if (!(await this.workflows.findOwned(caller.userId, workflowId))) throw notFound('workflow');
  }

  private checkedUrl(text: string): string {
    if (!URL.canParse(text)) throw invalidField('url', 'must be a URL');
    const problem = endpointProblem(new URL(text), this.settings.allowedHosts);
    if (problem !== null) throw invalidField('url', problem);
    return text;
  }
}

function endpointJson(endpoint: EventEndpoint) {
  return {
    endpoint_id: endpoint.endpointId,
    url: endpoint.url,
    workflow_id: endpoint.workflowId,
    types: endpoint.types,
    enabled: endpoint.enabled,
    disabled_reason: endpoint.disabledReason,
    created_at: endpoint.createdAt.toISOString(),
  };
}

function deliveryJson(delivery: EventDelivery) {
  return {
    delivery_id: delivery.deliveryId,
    message_id: delivery.messageId,
    workflow_run_id: delivery.runId,
    type: delivery.type,
    state: delivery.state,
    attempts: delivery.attempts,
    next_attempt_at: delivery.dueAt?.toISOString() ?? null,
    last_status: delivery.lastStatus,
    last_error: delivery.lastError,
    created_at: delivery.createdAt.toISOString(),
    delivered_at: delivery.deliveredAt?.toISOString() ?? null,
  };
}

function testJson({ messageId, status, error, durationMs }: TestedEndpoint) {
  return {
    message_id: messageId,
    delivered: error === null,
    status,
    error,
    duration_ms: durationMs,
  };
}
