"""Who stands on the way, as far as the headers of an answer tell, and what mends it."""

from multidict import CIMultiDictProxy

# Header, what is in it, and whose sign that is
SIGNS = (
    ("Server", "nginx", "nginx"),
    ("Server", "openresty", "nginx"),
    ("X-Powered-By", "next.js", "Next.js"),
    ("X-Nextjs-Cache", "", "Next.js"),
    ("Vary", "next-router-state-tree", "Next.js"),
    ("Server", "apache", "Apache"),
    ("Via", "apache", "Apache"),
    ("Server", "caddy", "Caddy"),
    ("Via", "caddy", "Caddy"),
    ("Server", "cloudflare", "Cloudflare"),
    ("CF-Ray", "", "Cloudflare"),
    ("Server", "vercel", "Vercel"),
    ("X-Vercel-Id", "", "Vercel"),
    ("X-Amz-Cf-Id", "", "CloudFront"),
    ("Via", "varnish", "Varnish"),
    ("Via", "google", "Google's load balancer"),
    ("Server", "envoy", "Envoy"),
    ("Server", "microsoft-iis", "IIS"),
    ("X-Azure-Ref", "", "Azure Front Door"),
)

ANYBODY = ""
SOONER = "A lower CHAT_HEARTBEAT_SECONDS has the service hear of it sooner."

# Check, who is on the way, what to do there
REMEDIES = {
    "compressed": {
        "nginx": "In nginx: `gzip off;` (and `brotli off;`) in the location of this "
        "path; nginx does not heed no-transform.",
        "Next.js": "Next.js compresses what does not say no-transform: keep the "
        "service's Cache-Control, or set `compress: false` in next.config.",
        "Apache": "In Apache: `SetEnv no-gzip 1` for this path; mod_deflate does not "
        "heed no-transform.",
        "Caddy": "Caddy compresses what does not say no-transform: keep the service's "
        "Cache-Control, or leave this path out of `encode`.",
        "Varnish": "In Varnish: no `beresp.do_gzip` for this path.",
        ANYBODY: "Leave this path, or text/event-stream, out of compression. Next.js, "
        "Caddy and HAProxy do so by themselves where Cache-Control says no-transform; "
        "Apache does by `SetEnv no-gzip 1`.",
    },
    "buffered": {
        "nginx": "In nginx: `proxy_buffering off;` and `gzip off;` in the location of "
        "this path, as deploy/nginx.conf has it. X-Accel-Buffering says so too, but "
        "only to the first nginx, and `proxy_ignore_headers` makes it deaf.",
        "Next.js": "A Next.js rewrite holds back what it compresses: keep "
        "no-transform. A route handler has to return the body of the service's answer "
        "as it is, not `await` it.",
        "Apache": "In Apache: `SecResponseBodyAccess Off` for this path, if there is "
        "mod_security. mod_proxy_http holds nothing back.",
        "Caddy": "In Caddy: no `buffer_responses` (`response_buffers`) in "
        "reverse_proxy. It flushes event streams without `flush_interval`.",
        "Varnish": "In Varnish: neither `beresp.do_gzip` nor `beresp.do_stream = "
        "false` for this path, or `return (pipe)` in vcl_recv.",
        ANYBODY: "Switch off buffering, and compression, for this path: in Apache "
        "`SecResponseBodyAccess Off`; in HAProxy `option http-no-delay` saves 0.2 s.",
    },
    "silence": {
        "nginx": "In nginx: raise `proxy_read_timeout`.",
        "Next.js": "In Next.js: raise `experimental.proxyTimeout` (30 s for rewrites), "
        "or use a route handler.",
        "Apache": "In Apache: raise `ProxyTimeout`.",
        "Caddy": "In Caddy: raise `read_timeout` and `response_header_timeout` in "
        "reverse_proxy's `transport http`.",
        "Varnish": "In Varnish: raise the backend's `.between_bytes_timeout` and "
        "`.first_byte_timeout`.",
        ANYBODY: "Raise the idle or read timeout of the proxy that cuts: `timeout "
        "server` in HAProxy, `ProxyTimeout` in Apache; that of a Next.js rewrite is "
        "30 s, and `experimental.proxyTimeout`.",
    },
    "leaving": {
        "nginx": "In nginx: `proxy_ignore_client_abort off;`, and `proxy_buffering "
        "off;` in the location of this path.",
        "Next.js": "A Next.js route handler has to pass `signal: request.signal` to "
        "its fetch.",
        "Apache": f"Apache notices only as it writes: mend `buffered` first. {SOONER}",
        "Caddy": "In Caddy: no `flush_interval -1`, with which it lets requests that "
        "were left go on.",
        "Varnish": "In Varnish: `return (pipe)` in vcl_recv for this path.",
        ANYBODY: "Let the proxy close its connection to the service when the browser "
        "closes its own: in HAProxy by `option abortonclose`. Apache notices only "
        f"as it writes. {SOONER}",
    },
}
REMEDIES["headers"] = REMEDIES["buffered"]


def hops(headers: CIMultiDictProxy[str]) -> list[str]:
    """Names, each once."""
    found = [
        name
        for header, sign, name in SIGNS
        if header in headers and sign in ", ".join(headers.getall(header)).lower()
    ]
    return list(dict.fromkeys(found))


def remedy(check: str, on_the_way: list[str]) -> str:
    """Return what to do at each hop that is known to be on the way."""
    known = REMEDIES[check]
    fixes = [known[name] for name in on_the_way if name in known]
    return " ".join(fixes or [known[ANYBODY]])
