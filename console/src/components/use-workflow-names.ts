import { useCallback, useMemo, useRef } from 'preact/hooks';
import type { Workflow } from '../api/types.js';
import { useCallChanges, useList } from '../hooks.js';
import { fill } from '../messages/fill.js';
import { m } from '../messages/first.js';

/** Names for ids. A workflow that was deleted is shown by its number only. */
export function useWorkflowNames(): {
  workflows: readonly Workflow[];
  /** True: the names are known, and an empty list means that there are no workflows. */
  loaded: boolean;
  error: unknown;
  nameOf: (workflowId: number) => string;
} {
  const { data, error, reload } = useList<Workflow>('api/v1/workflows');
  const askedFor = useRef(new Set<number>());
  const names = useMemo(
    () => new Map(data?.data.map(({ workflow_id: id, name }) => [id, name])),
    [data],
  );
  // The call may be of a workflow that was made since. It is requested once, because the name of a deleted one never comes.
  useCallChanges(({ workflow_id: id }) => {
    if (!data || names.has(id) || askedFor.current.has(id)) return;
    askedFor.current.add(id);
    reload();
  });
  const nameOf = useCallback(
    (id: number) => names.get(id) ?? fill(m.shell.workflow, { id }),
    [names],
  );
  return { workflows: data?.data ?? [], loaded: data !== null, error, nameOf };
}
