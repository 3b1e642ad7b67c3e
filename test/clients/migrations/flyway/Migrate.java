import org.flywaydb.core.Flyway;
import org.flywaydb.database.postgresql.PostgreSQLConfigurationExtension;

/** Up: what the tool does on a pod of the service. Its community edition has no way down. */
class Migrate {
  public static void main(String[] args) {
    var configuration = Flyway.configure().dataSource(System.getenv("JDBC_URL"), null, null).locations("filesystem:sql");
    // Its own lock is held in a transaction otherwise, and an index that is made concurrently waits for that.
    configuration.getConfigurationExtension(PostgreSQLConfigurationExtension.class).setTransactionalLock(false);
    configuration.load().migrate();
  }
}
