import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/**
 * Asks at each address given, with the body on standard input, and prints the status and
 * the answer. As it comes, HttpClient offers HTTP/2 (`Upgrade: h2c`) with its first request
 * to a host; it is a new one for each address.
 */
public class Ask {
    public static void main(String[] addresses) throws Exception {
        byte[] body = System.in.readAllBytes();
        for (String address : addresses) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(address))
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                    .build();
            HttpResponse<String> answer = HttpClient.newHttpClient()
                    .send(request, HttpResponse.BodyHandlers.ofString());
            System.out.println(answer.statusCode() + " " + answer.body().replace("\n", "\\n"));
        }
    }
}
