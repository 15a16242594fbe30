"""Connectors that come with the program, as data; each names the server and version it was run against."""

SHIPPED = (
    "alertmanager",
    "azure-openai",
    "bedrock",
    "caddy",
    "chroma",
    "envoy",
    "etcd",
    "express-gateway",
    "haproxy",
    "haproxy-stats",
    "kubernetes",
    "launchdarkly",
    "litellm",
    "mlflow-gateway",
    "mlflow-registry",
    "open-inference",
    "openai-project",
    "rq",
    "unleash",
    "varnish",
)
"""Their ids, which are the names of their files. Those that were never run against their server say so."""
