"""Trust: which keys an organisation stands on, where they lie, and how a device is certified."""
