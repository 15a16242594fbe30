"""The one door to the network: requests somebody configured, with short time-outs and honest errors."""
