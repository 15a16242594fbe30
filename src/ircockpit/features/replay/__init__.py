"""Proof that it stopped: sealed prompts asked again before and after a containment, and what their answers allow to say."""
