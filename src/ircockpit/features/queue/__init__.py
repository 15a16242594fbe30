"""What waits for somebody, in order: incidents and signals, filtered, and the filters people keep."""
