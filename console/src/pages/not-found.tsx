import { PageHeading } from '../components/heading.js';
import { Link } from '../router.js';

export function NotFoundPage() {
  return (
    <>
      <PageHeading>No such page</PageHeading>
      <p>
        There is nothing at this address. <Link to="">Live calls</Link>
      </p>
    </>
  );
}
