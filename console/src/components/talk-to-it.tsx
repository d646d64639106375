import { useLoad } from '../hooks.js';
import { m } from '../messages/all.js';
import { Link } from '../router.js';

/** Whether this browser can be a telephone here: with the simulated carrier alone. */
export function useHasPhone(): boolean {
  const { data } = useLoad<{ available: boolean }>('console/api/phone');
  return data?.available ?? false;
}

/** Leads to the phone, with this workflow chosen. */
export function TalkToIt({ workflowId }: { workflowId: number }) {
  return (
    <Link to={`phone?workflow=${workflowId}`} class="button">
      {m.workflows.talkToIt}
    </Link>
  );
}
