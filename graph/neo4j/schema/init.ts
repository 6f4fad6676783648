import { driverFor, type Neo4jAddress } from '../driver/connection.js';
import { type MigrationReport, migrate } from './migrations.js';

/** Sets a graph up: constraints, indexes and what later releases changed. Safe to run again, and by several at once. */
export async function initGraph(address: Neo4jAddress): Promise<MigrationReport> {
  const driver = driverFor(address);
  try {
    return await migrate(driver, address.database);
  } finally {
    await driver.close();
  }
}
