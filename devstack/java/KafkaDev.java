import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.tools.StorageTool;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.common.utils.Time;

/**
 * A Kafka broker and controller in one process: KafkaDev PROPERTIES_FILE CLUSTER_ID. Formats its storage first when it is
 * new, which saves the start of a second JVM. Prints "qmtl-ready" once the broker takes requests.
 */
public class KafkaDev {
    public static void main(String[] args) throws Exception {
        var properties = new Properties();
        try (var reader = Files.newBufferedReader(Path.of(args[0]))) {
            properties.load(reader);
        }
        if (!Files.exists(Path.of(properties.getProperty("log.dirs"), "meta.properties"))) {
            var code = StorageTool.execute(new String[] {"format", "-t", args[1], "-c", args[0]}, System.out);
            if (code != 0) System.exit(code);
        }
        var server = new KafkaRaftServer(KafkaConfig.fromProps(properties, false), Time.SYSTEM);
        Exit.addShutdownHook("qmtl-kafka-shutdown", server::shutdown);
        try {
            server.startup();
        } catch (Throwable failure) {
            failure.printStackTrace();
            Exit.halt(1);
        }
        System.out.println("qmtl-ready");
        server.awaitShutdown();
    }
}
