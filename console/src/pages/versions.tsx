import { useState } from 'preact/hooks';
import { call } from '../api/http.js';
import { queries } from '../api/queries.js';
import type { Agent, JsonSchema, VersionDetail, Workflow, WorkflowVersion } from '../api/types.js';
import { Changes } from '../components/changes.js';
import { ConfirmDialog } from '../components/dialog.js';
import { PageHeading } from '../components/heading.js';
import { Looking } from '../components/looking.js';
import { ErrorNotice, Notice } from '../components/notice.js';
import { usePages } from '../components/use-pages.js';
import { useAction, useList, useLoad } from '../hooks.js';
import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
import { Link } from '../router.js';
import { dayTime } from '../words/time.js';
import { authorWords, versionWords } from '../words/versions.js';

/** What a workflow was from change to change, and the way back. */
export function VersionsPage({ workflowId }: { workflowId: number }) {
  const path = `api/v1/workflows/${workflowId}`;
  const workflow = useLoad<Workflow>(path);
  const versions = usePages<WorkflowVersion>(`${path}/versions`);
  const agents = useList<Agent>('api/v1/agents').data?.data ?? [];
  const schemas = schemasFor(workflow.data?.agent, agents);
  const [restored, setRestored] = useState<number | null>(null);
  const onRestored = (version: number): void => {
    setRestored(version);
    versions.reload();
    void queries.invalidateQueries({ queryKey: [path] });
  };
  return (
    <>
      <PageHeading
        actions={
          <Link to={`workflows/${workflowId}`} class="button plain">
            {m.versions.editTheWorkflow}
          </Link>
        }
      >
        {fill(m.versions.versionsOf, {
          name: workflow.data?.name ?? fill(m.versions.workflow, { workflowId }),
        })}
      </PageHeading>
      <p class="intro">{m.versions.everyChangeIsKeptA}</p>
      <ErrorNotice error={workflow.error ?? versions.error} />
      {restored === null ? null : (
        <Notice tone="good">{fill(m.versions.restoredTheWorkflowIsAgain, { restored })}</Notice>
      )}
      {versions.rows || versions.error ? null : <Looking />}
      <ul class="cards" aria-label={m.versions.versions} hidden={!versions.rows?.length}>
        {versions.rows?.map((version) => (
          <li key={version.version}>
            <Version
              path={path}
              version={version}
              schemas={schemas}
              current={workflow.data?.version ?? null}
              onRestored={onRestored}
            />
          </li>
        ))}
      </ul>
      {versions.rows && !versions.complete ? (
        <button type="button" class="plain" onClick={versions.more}>
          {m.versions.earlierVersions}
        </button>
      ) : null}
    </>
  );
}

/** The schemas of agents' options, that of this agent first. */
function schemasFor(name: string | undefined, agents: readonly Agent[]): JsonSchema[] {
  return agents
    .toSorted((a, b) => Number(b.name === name) - Number(a.name === name))
    .map(({ options_schema: schema }) => schema);
}

interface VersionProps {
  /** Of the workflow, in the API. */
  path: string;
  version: WorkflowVersion;
  schemas: readonly JsonSchema[];
  /** The version in force; null: not known yet. */
  current: number | null;
  onRestored: (version: number) => void;
}

function Version({ path, version, schemas, current, onRestored }: VersionProps) {
  const number = version.version;
  const [open, setOpen] = useState(false);
  const [asking, setAsking] = useState(false);
  const isCurrent = number === current;
  return (
    <>
      <h2>
        {fill(m.versions.versionNumber, { number })}
        {isCurrent ? `, ${m.versions.inForce}` : ''}
      </h2>
      <p>{versionWords(version, schemas)}</p>
      <p class="hint">
        <time dateTime={version.created_at}>{dayTime(version.created_at)}</time>,{' '}
        {authorWords(version)}
      </p>
      {open ? <Difference path={`${path}/versions/${number}`} schemas={schemas} /> : null}
      <div class="actions">
        {version.changed.length > 0 ? (
          <button type="button" class="plain" aria-expanded={open} onClick={() => setOpen(!open)}>
            {fill(m.versions.whatChangedInVersion, { number })}
          </button>
        ) : null}
        {isCurrent || current === null ? null : (
          <button type="button" class="plain" onClick={() => setAsking(true)}>
            {fill(m.versions.restoreEllipsis, { number })}
          </button>
        )}
      </div>
      {asking && current !== null ? (
        <Restore
          path={path}
          version={number}
          schemas={schemas}
          current={current}
          onDone={() => {
            setAsking(false);
            onRestored(number);
          }}
          onCancel={() => setAsking(false)}
        />
      ) : null}
    </>
  );
}

function Difference({ path, schemas }: { path: string; schemas: readonly JsonSchema[] }) {
  const { data, error } = useLoad<VersionDetail>(path);
  if (data) return <Changes changes={data.changes} schemas={schemas} />;
  return error ? <ErrorNotice error={error} /> : <Looking />;
}

interface RestoreProps {
  path: string;
  version: number;
  schemas: readonly JsonSchema[];
  current: number;
  onDone: () => void;
  onCancel: () => void;
}

/** Asks first, and shows what it would change. */
function Restore({ path, version, schemas, current, onDone, onCancel }: RestoreProps) {
  const { busy, error, run } = useAction();
  const restore = (): void =>
    run(async () => {
      await call('POST', `${path}/versions/${version}/restore`);
      onDone();
    });
  return (
    <ConfirmDialog
      title={fill(m.versions.restoreQuestion, { version })}
      confirm={m.versions.restore}
      busy={busy}
      onConfirm={restore}
      onCancel={onCancel}
    >
      <p>{fill(m.versions.fromVersionWhichIsIn, { current })}</p>
      <Difference path={`${path}/versions/${version}?compared_with=${current}`} schemas={schemas} />
      <ErrorNotice error={error} />
    </ConfirmDialog>
  );
}
