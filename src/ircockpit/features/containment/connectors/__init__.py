"""Connectors that come with the program, as data; each names the server and version it was run against."""

SHIPPED = (
    "alertmanager",
    "caddy",
    "chroma",
    "envoy",
    "etcd",
    "express-gateway",
    "haproxy",
    "haproxy-stats",
    "litellm",
    "mlflow-gateway",
    "mlflow-registry",
    "open-inference",
    "rq",
    "unleash",
)
"""Their ids, which are the names of their files. Those that were never run against their server say so."""
