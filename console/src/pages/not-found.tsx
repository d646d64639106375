import { PageHeading } from '../components/heading.js';
import { rich } from '../components/rich.js';
import { m } from '../messages/first.js';
import { Link } from '../router.js';

export function NotFoundPage() {
  return (
    <>
      <PageHeading>{m.shell.noSuchPage}</PageHeading>
      <p>
        {rich(m.shell.thereIsNothingAtThis, {
          marks: { link: (text) => <Link to="">{text}</Link> },
        })}
      </p>
    </>
  );
}
