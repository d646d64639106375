import { useLoad } from '../hooks.js';
import { m } from '../messages/first.js';
import { Link } from '../router.js';
import { rich } from './rich.js';

/** For a page without calls: says how to make the first one. */
export function FirstCall() {
  const { data } = useLoad<{ available: boolean }>('console/api/phone');
  if (!data) return null;
  if (!data.available) {
    return (
      <>
        {rich(m.calls.placeOneOrCallA, {
          marks: { link: (text) => <Link to="agents">{text}</Link> },
        })}
      </>
    );
  }
  return (
    <>
      {rich(m.calls.talkToAnAgentFrom, {
        marks: {
          link: (text) => <Link to="phone">{text}</Link>,
          link2: (text) => <Link to="agents">{text}</Link>,
        },
      })}
    </>
  );
}
