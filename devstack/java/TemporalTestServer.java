import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.temporal.internal.testservice.GRPCServerHelper;
import io.temporal.internal.testservice.TestServicesStarter;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * Temporal's test server on the loopback interface: TemporalTestServer PORT [--enable-time-skipping].
 *
 * It does what io.temporal.testserver.TestServer does, and two things more: that one listens on every interface,
 * and it outlives a test run that was killed. This one ends when the process that started it has ended.
 */
public class TemporalTestServer {
    public static void main(String[] args) throws Exception {
        if (args.length < 1 || args.length > 2 || (args.length == 2 && !args[1].equals("--enable-time-skipping"))) {
            System.err.println("Usage: TemporalTestServer PORT [--enable-time-skipping]");
            System.exit(2);
        }
        ProcessHandle.current().parent().ifPresent(parent -> parent.onExit().thenRun(() -> Runtime.getRuntime().halt(0)));
        var services = new TestServicesStarter(args.length == 1, 0);
        var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0]));
        var server = NettyServerBuilder.forAddress(address);
        GRPCServerHelper.registerServicesAndHealthChecks(services.getServices(), server);
        server.build().start().awaitTermination();
    }
}
