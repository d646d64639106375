import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Patch,
  Post,
  Query,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { TURN_SILENCE_MS } from '../../audio/ear/turns.js';
import { AgentRegistry } from '../../agents/agent-registry.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { notFound, Problem } from '../../shared/problem.js';
import { ApiKeyGuard } from '../../tenants/api-key.guard.js';
import type { Caller } from '../../tenants/api-keys.js';
import { CurrentCaller } from '../../tenants/caller.js';
import type { Leader } from '../../tenants/workflow-leads.js';
import type { WorkflowRoute } from '../../tenants/workflow-routes.js';
import {
  Workflows,
  WORKFLOWS_PER_USER,
  type Workflow,
  type WorkflowFields,
} from '../../tenants/workflows.js';
import { AuditInterceptor } from '../audit/audit.interceptor.js';
import { IdParam } from '../../shared/id-param.js';
import { SetUpPageDto } from '../page.dto.js';
import { readRoutes } from './read-routes.js';
import { SaveWorkflow } from './save-workflow.js';
import { CreateWorkflowDto, UpdateWorkflowDto } from './workflow.dto.js';
import { workflowJson } from './workflow-json.js';

/** How many of the workflows that are in the way are named. */
const LEADERS_NAMED = 10;

@Controller('api/v1/workflows')
@UseGuards(ApiKeyGuard)
@UseInterceptors(AuditInterceptor)
export class WorkflowsController {
  constructor(
    private readonly workflows: Workflows,
    private readonly agents: AgentRegistry,
    private readonly providers: ProviderRegistry,
    private readonly save: SaveWorkflow,
  ) {}

  @Get()
  async list(@CurrentCaller() caller: Caller, @Query() query: SetUpPageDto) {
    const { cursor, limit } = query;
    const { workflows, next } = await this.workflows.page(caller.userId, cursor ?? null, limit);
    return { data: workflows.map((workflow) => this.json(workflow)), next_cursor: next };
  }

  @Post()
  async create(@CurrentCaller() caller: Caller, @Body() body: CreateWorkflowDto) {
    const fields: WorkflowFields = {
      name: body.name,
      agent: body.agent,
      agentOptions: body.agent_options ?? {},
      recording: body.recording ?? false,
      recordingNotice: body.recording_notice ?? null,
      bargeIn: body.barge_in ?? false,
      bargeInSensitivity: body.barge_in_sensitivity ?? 'normal',
      bargeInEcho: body.barge_in_echo ?? 'auto',
      turnSilenceMs: body.turn_silence_ms ?? TURN_SILENCE_MS,
      transcription: body.transcription ?? true,
      onFailure: body.on_failure ?? null,
      onResume: body.on_resume ?? null,
      onWait: body.on_wait ?? null,
      routes: this.routesOf(body.routes) ?? [],
      onMachine: body.on_machine ?? 'ignore',
      transferTargets: body.transfer_targets ?? null,
    };
    await this.save.assertPossible(caller.userId, fields);
    const leads = this.save.leadsOf(fields);
    const workflow = await this.workflows.create(caller.userId, fields, caller, leads);
    if (!workflow) {
      throw new Problem(
        'limit_reached',
        `You have ${WORKFLOWS_PER_USER} workflows. Delete one before you make another.`,
      );
    }
    return this.json(workflow);
  }

  @Get(':workflow_id')
  async get(@CurrentCaller() caller: Caller, @IdParam('workflow_id') workflowId: number) {
    return this.json(await this.owned(caller, workflowId));
  }

  @Patch(':workflow_id')
  async update(
    @CurrentCaller() caller: Caller,
    @IdParam('workflow_id') workflowId: number,
    @Body() body: UpdateWorkflowDto,
  ) {
    const changed = await this.save.change(caller, workflowId, (workflow) =>
      this.changesOf(workflow, body),
    );
    return this.json(changed);
  }

  @Delete(':workflow_id')
  @HttpCode(204)
  async remove(
    @CurrentCaller() caller: Caller,
    @IdParam('workflow_id') workflowId: number,
  ): Promise<void> {
    const result = await this.workflows.delete(caller.userId, workflowId, (agent, options) =>
      this.agents.leadsOf(agent, options).map((mention) => mention.workflowId),
    );
    switch (result) {
      case 'deleted':
        return;
      case 'not-found':
        throw notFound('workflow');
      case 'in-use':
        throw new Problem(
          'conflict',
          'A phone number leads to this workflow, or a call of it is in progress.',
        );
      default:
        throw new Problem('conflict', ledToText(result.leaders));
    }
  }

  private changesOf(workflow: Workflow, body: UpdateWorkflowDto): Partial<WorkflowFields> {
    const agent = body.agent ?? workflow.agent;
    return {
      name: body.name,
      agent: body.agent,
      agentOptions: body.agent_options && {
        // A value that is never shown cannot be sent back: it stays until it is replaced.
        ...(agent === workflow.agent ? this.agents.secretsOf(agent, workflow.agentOptions) : {}),
        ...body.agent_options,
      },
      recording: body.recording,
      recordingNotice: body.recording_notice,
      bargeIn: body.barge_in,
      bargeInSensitivity: body.barge_in_sensitivity,
      bargeInEcho: body.barge_in_echo,
      turnSilenceMs: body.turn_silence_ms,
      transcription: body.transcription,
      onFailure: body.on_failure,
      onResume: body.on_resume,
      onWait: body.on_wait,
      routes: this.routesOf(body.routes),
      onMachine: body.on_machine,
      transferTargets: body.transfer_targets,
    };
  }

  private routesOf(sent: unknown[] | null | undefined): WorkflowRoute[] | undefined {
    return sent === null ? [] : sent && readRoutes(sent, this.providers);
  }

  private json(workflow: Workflow) {
    return workflowJson(workflow, this.agents);
  }

  private async owned(caller: Caller, workflowId: number): Promise<Workflow> {
    const workflow = await this.workflows.findOwned(caller.userId, workflowId);
    if (!workflow) throw notFound('workflow');
    return workflow;
  }
}

/** Why a workflow cannot be deleted to which others lead. */
function ledToText(leaders: readonly Leader[]): string {
  const named = leaders.slice(0, LEADERS_NAMED).map(({ workflowId, name }) => {
    return `"${name}" (${workflowId})`;
  });
  const more = leaders.length > LEADERS_NAMED ? ` and ${leaders.length - LEADERS_NAMED} more` : '';
  return `Calls are passed on to this workflow by ${named.join(', ')}${more}. Lead these elsewhere first.`;
}
