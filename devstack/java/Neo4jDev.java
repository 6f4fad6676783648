import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.neo4j.configuration.Config;
import org.neo4j.configuration.GraphDatabaseSettings;
import org.neo4j.configuration.connectors.BoltConnector;
import org.neo4j.configuration.connectors.BoltConnectorInternalSettings;
import org.neo4j.configuration.helpers.SocketAddress;
import org.neo4j.dbms.api.DatabaseManagementServiceBuilder;
import org.neo4j.io.ByteUnit;
import org.neo4j.io.fs.DefaultFileSystemAbstraction;
import org.neo4j.kernel.impl.security.User;
import org.neo4j.logging.NullLogProvider;
import org.neo4j.memory.EmptyMemoryTracker;
import org.neo4j.server.security.SecureHasher;
import org.neo4j.server.security.SystemGraphCredential;
import org.neo4j.server.security.auth.CommunitySecurityModule;
import org.neo4j.server.security.auth.FileUserRepository;
import org.neo4j.string.UTF8;

/**
 * A Neo4j community server with Bolt on the loopback interface: Neo4jDev HOME_DIR PORT PASSWORD_FILE.
 * Prints "qmtl-ready" once it accepts queries.
 */
public class Neo4jDev {
    public static void main(String[] args) throws Exception {
        var home = Path.of(args[0]).toAbsolutePath();
        setInitialPassword(home, Path.of(args[2]));
        var address = new SocketAddress("127.0.0.1", Integer.parseInt(args[1]));
        var service = new DatabaseManagementServiceBuilder(home)
                .setConfig(BoltConnector.enabled, true)
                .setConfig(BoltConnector.listen_address, address)
                .setConfig(BoltConnector.advertised_address, address)
                .setConfig(GraphDatabaseSettings.auth_enabled, true)
                .setConfig(GraphDatabaseSettings.pagecache_memory, ByteUnit.mebiBytes(128))
                // By default each database sets 256 MB aside for its transaction log and keeps 2 GB of it.
                .setConfig(GraphDatabaseSettings.preallocate_logical_logs, false)
                .setConfig(GraphDatabaseSettings.logical_log_rotation_threshold, ByteUnit.mebiBytes(16))
                .setConfig(GraphDatabaseSettings.keep_logical_logs, "64M size")
                .setConfig(GraphDatabaseSettings.udc_enabled, false)
                // By default its end waits 5 s for connections and 5 s for threads, though there may be none.
                .setConfig(BoltConnectorInternalSettings.connection_shutdown_wait_time, Duration.ofSeconds(1))
                .setConfig(BoltConnectorInternalSettings.thread_pool_shutdown_wait_time, Duration.ofMillis(100))
                .build();
        Runtime.getRuntime().addShutdownHook(new Thread(service::shutdown));
        System.out.println("qmtl-ready");
        Thread.currentThread().join();
    }

    /**
     * What `neo4j-admin dbms set-initial-password` does: the server makes its first user from this file, so it never
     * listens with the default password. Later the system database knows the user and the file is not looked at.
     */
    private static void setInitialPassword(Path home, Path passwordFile) throws Exception {
        var config = Config.newBuilder().set(GraphDatabaseSettings.neo4j_home, home).build();
        var file = CommunitySecurityModule.getInitialUserRepositoryFile(config);
        if (Files.exists(file)) return;
        var password = UTF8.encode(Files.readString(passwordFile).trim());
        var users = new FileUserRepository(
                new DefaultFileSystemAbstraction(), file, NullLogProvider.getInstance(), EmptyMemoryTracker.INSTANCE);
        users.start();
        var credential = SystemGraphCredential.createCredentialForPassword(password, new SecureHasher());
        users.create(new User("neo4j", null, credential, false, false));
        users.shutdown();
    }
}
