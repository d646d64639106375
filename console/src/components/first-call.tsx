import { useLoad } from '../hooks.js';
import { Link } from '../router.js';

/** For a page without calls: says how to make the first one. */
export function FirstCall() {
  const { data } = useLoad<{ available: boolean }>('console/api/phone');
  if (!data) return null;
  if (!data.available) {
    return (
      <>
        Place one, or call a number of yours. <Link to="agents">What each agent needs</Link>
      </>
    );
  }
  return (
    <>
      <Link to="phone">Talk to an agent</Link> from this browser, or place one.{' '}
      <Link to="agents">What each agent needs</Link>
    </>
  );
}
