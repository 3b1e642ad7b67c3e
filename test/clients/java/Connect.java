import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.sql.DriverManager;

/** Reads lines of a name, a client, a key and its text; logs in by each and prints the first three with who that was, or why not. */
public class Connect {
  static final String ASK = "SELECT current_user || ' ' || ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

  static String ask(String url) {
    try (var connection = DriverManager.getConnection(url);
        var result = connection.createStatement().executeQuery(ASK)) {
      result.next();
      return result.getString(1);
    } catch (Exception error) {
      return error.toString();
    }
  }

  public static void main(String[] given) throws Exception {
    var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      var parts = line.split("\t", 4);
      out.println(String.join("\t", parts[0], parts[1], parts[2], ask(parts[3]).replaceAll("\\s+", " ")));
    }
  }
}
