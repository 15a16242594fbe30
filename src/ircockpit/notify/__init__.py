"""Messages to people outside the cockpit: one attempt, in a process of its own, with an honest outcome."""
