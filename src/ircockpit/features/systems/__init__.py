"""The AI systems a team answers for: owner, match rules, controls, probes."""
