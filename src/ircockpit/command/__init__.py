"""The one registry mechanism: an Action literal becomes command, key, prompt, palette, help and docs."""
