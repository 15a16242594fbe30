"""The first five minutes: a profile, a hub and a lab service to try everything on."""
