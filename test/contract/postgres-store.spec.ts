import { postgresStores } from '../support/stores.js';
import { storeContract } from './store.contract.js';

storeContract('PostgreSQL', await postgresStores());
