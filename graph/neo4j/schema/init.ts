import { driverFor, explained, type Neo4jAddress } from '../driver/connection.js';
import { type MigrationReport, migrate } from './migrations.js';

/** Sets up a graph: constraints, indexes and migrations. Safe to run again, and in several processes at once. */
export async function initGraph(address: Neo4jAddress): Promise<MigrationReport> {
  const driver = driverFor(address);
  try {
    return await explained(address, 'connect', () => migrate(driver, address.database));
  } finally {
    await driver.close();
  }
}
