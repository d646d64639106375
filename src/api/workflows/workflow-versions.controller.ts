import { Controller, Get, HttpCode, Post, Query, UseGuards, UseInterceptors } from '@nestjs/common';
import { AgentRegistry } from '../../agents/agent-registry.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { IdParam } from '../../shared/id-param.js';
import { notFound, Problem } from '../../shared/problem.js';
import { ApiKeyGuard } from '../../tenants/api-key.guard.js';
import type { Caller } from '../../tenants/api-keys.js';
import { CurrentCaller } from '../../tenants/caller.js';
import { WorkflowVersions } from '../../tenants/workflow-versions.js';
import { Workflows, type Workflow, type WorkflowFields } from '../../tenants/workflows.js';
import { AuditInterceptor } from '../audit/audit.interceptor.js';
import { PageDto, pageJson } from '../page.dto.js';
import { readRoutes } from './read-routes.js';
import { SaveWorkflow } from './save-workflow.js';
import { changesJson, versionJson } from './version-json.js';
import { ComparedDto } from './version.dto.js';
import { workflowJson } from './workflow-json.js';

/** What a workflow was from change to change, and the way back. */
@Controller('api/v1/workflows/:workflow_id/versions')
@UseGuards(ApiKeyGuard)
@UseInterceptors(AuditInterceptor)
export class WorkflowVersionsController {
  constructor(
    private readonly workflows: Workflows,
    private readonly versions: WorkflowVersions,
    private readonly agents: AgentRegistry,
    private readonly providers: ProviderRegistry,
    private readonly save: SaveWorkflow,
  ) {}

  @Get()
  async list(
    @CurrentCaller() caller: Caller,
    @IdParam('workflow_id') workflowId: number,
    @Query() { limit, cursor }: PageDto,
  ) {
    await this.owned(caller, workflowId);
    const found = await this.versions.list(workflowId, cursor ?? null, limit + 1);
    return pageJson(found, limit, versionJson, ({ version }) => version);
  }

  @Get(':version')
  async get(
    @CurrentCaller() caller: Caller,
    @IdParam('workflow_id') workflowId: number,
    @IdParam('version') number: number,
    @Query() query: ComparedDto,
  ) {
    const workflow = await this.owned(caller, workflowId);
    const { version, fields } = await this.kept(workflow, number);
    const other = query.compared_with ?? number - 1;
    // The first version, and one whose predecessor is not kept any more, is compared with nothing.
    const before =
      query.compared_with === undefined
        ? await this.versions.find(workflowId, other)
        : await this.kept(workflow, other);
    return {
      ...versionJson(version),
      workflow: workflowJson(asOf(workflow, number, fields), this.agents),
      compared_with: before === null ? null : other,
      changes: before === null ? [] : changesJson(before.fields, fields, this.agents),
    };
  }

  @Post(':version/restore')
  @HttpCode(200)
  async restore(
    @CurrentCaller() caller: Caller,
    @IdParam('workflow_id') workflowId: number,
    @IdParam('version') number: number,
  ) {
    const { fields } = await this.kept(await this.owned(caller, workflowId), number);
    const then = fields as unknown as WorkflowFields;
    try {
      readRoutes(then.routes, this.providers);
      const workflow = await this.save.change(
        caller,
        workflowId,
        (now) => ({ ...then, agentOptions: this.optionsOf(now, then) }),
        number,
      );
      return workflowJson(workflow, this.agents);
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'invalid_request') throw error;
      throw new Problem('conflict', `Version ${number} is not possible any more: ${error.detail}`);
    }
  }

  /** A secret that was replaced since stays replaced: nobody would see which of them is in force. */
  private optionsOf(now: Workflow, then: WorkflowFields): Record<string, unknown> {
    const secrets =
      now.agent === then.agent ? this.agents.secretsOf(now.agent, now.agentOptions) : {};
    return { ...then.agentOptions, ...secrets };
  }

  private async owned(caller: Caller, workflowId: number): Promise<Workflow> {
    const workflow = await this.workflows.findOwned(caller.userId, workflowId);
    if (!workflow) throw notFound('workflow');
    return workflow;
  }

  private async kept({ workflowId }: Workflow, version: number) {
    const found = await this.versions.find(workflowId, version);
    if (!found) throw notFound('version');
    return found;
  }
}

function asOf(workflow: Workflow, version: number, fields: object): Workflow {
  return { ...workflow, ...fields, version };
}
